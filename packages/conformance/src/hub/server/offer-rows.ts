import { isCount, type Json, objectOf } from '../../checking/json.ts'
import { expectThat, NotApplicable } from '../../checking/mismatch.ts'
import type { Row } from '../../checking/rows.ts'
import type { HubPeer } from '../hub-peer.ts'
import { type HubStage, SKIPPED, WANTED } from '../hub-stage.ts'

const ASKING = 'resume-extension.md, Asking'
const OFFER = 'resume-extension.md, The offer'
const LIMITS = 'resume-extension.md, Limits'

const EXTENSION_TYPES: readonly unknown[] = ['live', 'mark', 'gap', 'acked', 'auth.expiring', 'auth.renewed']

/** What a message has that only a client of the extension may see. */
function extensionIn(frame: Json): boolean {
  return EXTENSION_TYPES.includes(frame['type']) || ['holdfast', 'prev', 'anchor'].some((name) => name in frame)
}

/** The server waits no longer than this for what will not come. */
const AT_ONCE_MS = 3_000

/** Refused by whatever way the protocol has: HTTP, a close code, or a message (hub §2). */
function isRefusal(frame: Json): boolean {
  return 'error' in frame || frame['type'] === 'connection_rejected' || frame['type'] === 'protocol_error'
}

async function refused(peer: HubPeer): Promise<boolean> {
  await peer.socket.frames
    .until(
      (frames) => peer.socket.frames.ending !== undefined || frames.length > 0,
      'an answer to auth=none: a refusal, or init where no credential is needed',
    )
    .catch((error: unknown) => {
      if (peer.socket.frames.ending === undefined) throw error
    })
  const [first] = peer.frames
  if (first?.['type'] === 'init') throw new NotApplicable('the server takes clients without a credential')
  return peer.socket.frames.ending !== undefined || (first !== undefined && isRefusal(first))
}

/** Asking for the extension, and what is offered. */
export const OFFER_ROWS: readonly Row<HubStage>[] = [
  {
    id: 'hub/not-asked',
    requires: 'A client that does not ask gets nothing of the extension.',
    section: 'resume-extension.md, introduction',
    check: async (stage) => {
      const peer = await stage.join({ role: 'observer', subscribe: WANTED })
      await stage.publish(['a'], SKIPPED)
      await stage.publish(['b'])
      await peer.event('b')
      await peer.settled()
      const found = peer.frames.find(extensionIn)
      expectThat(found === undefined, 'no offer, no prev or anchor, and no message of the extension', found)
    },
  },
  {
    id: 'hub/offer',
    requires: 'init.holdfast has v, epoch, seq and resumed for a client that asks with resume=1; v is 1.',
    section: OFFER,
    check: async (stage) => {
      const { offer } = await stage.observer()
      const { v, epoch, seq, resumed } = offer
      const isRight = v === 1 && typeof epoch === 'string' && epoch !== '' && isCount(seq) && resumed === false
      expectThat(isRight, '{"v":1,"epoch":text,"seq":number,"resumed":false}', offer)
    },
  },
  {
    id: 'hub/offer-v2',
    requires: 'v is 2 for a client that asks with v=2 as well.',
    section: OFFER,
    check: async (stage) => {
      const { offer } = await stage.observer({ v: '2' })
      if (offer['v'] === 1) throw new NotApplicable('the server speaks version 1 alone')
      expectThat(offer['v'] === 2, '"v":2', offer)
    },
  },
  {
    id: 'hub/limits',
    requires: 'limits is an object of numbers.',
    section: LIMITS,
    check: async (stage) => {
      const { limits } = (await stage.observer({ v: '2' })).offer
      if (limits === undefined) throw new NotApplicable('the server announces no limits')
      const values = Object.values(objectOf(limits))
      const isRight = values.length > 0 && values.every((value) => typeof value === 'number' && value > 0)
      expectThat(isRight, '"limits" to be an object of numbers above 0', limits)
    },
  },
  {
    id: 'hub/limit-frame',
    requires: 'A frame above maxFrameBytes ends the connection with 1009.',
    section: LIMITS,
    check: async (stage) => {
      const peer = await stage.observer({ v: '2' })
      const most = objectOf(peer.offer['limits'])['maxFrameBytes']
      if (!isCount(most) || most > 16_777_216)
        throw new NotApplicable('no maxFrameBytes of at most 16 MiB is announced')
      peer.send({ type: 'ping', timestamp: 1, text: 'x'.repeat(most) })
      const { code } = await peer.socket.frames.ended('a close with 1009')
      expectThat(code === 1009, 'a close with 1009', code)
    },
  },
  {
    id: 'hub/unknown-parameters',
    requires: 'Unknown and reserved parameters and members are ignored.',
    section: 'resume-extension.md, introduction',
    check: async (stage) => {
      const peer = await stage.controller({ lease: 'conformance', conformance: 'unknown' })
      const command = { type: 'command', id: 'unknown-1', name: 'conformance', args: 'unknown' }
      peer.send({ ...command, conformance: { unknown: [1, null] } })
      await peer.acked('unknown-1')
    },
  },
  {
    id: 'hub/auth-none',
    requires: 'auth=none: a server that wants a credential refuses at once.',
    section: ASKING,
    check: async (stage) => {
      const { token: _token, ...target } = stage.target
      const timeoutMs = Math.min(target.timeoutMs, AT_ONCE_MS)
      const peer = stage.dial({ role: 'lead', resume: '1', auth: 'none' }, { ...target, timeoutMs })
      expectThat(await refused(peer), 'a refusal', peer.frames)
    },
  },
]
