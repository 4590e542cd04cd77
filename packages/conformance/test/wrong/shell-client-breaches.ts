import type { Breach, Json, Link } from './middleman.ts'
import type { ClientBreach } from './wrong-client.ts'

const [STDIN, STDOUT, STATUS, ACK, CTRL, UNKNOWN] = [0x00, 0x01, 0x03, 0xf0, 0xf1, 0x77]

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function textOf({ payload }: Json): string {
  return payload instanceof Uint8Array ? Buffer.from(payload).toString() : ''
}

function jsonOf(frame: Json): Json {
  return record(JSON.parse(textOf(frame)))
}

function withText(frame: Json, text: string): Json {
  return { ...frame, payload: Buffer.from(text) }
}

function withJson(frame: Json, value: Json): Json {
  return withText(frame, JSON.stringify(value))
}

const isOf = ({ channel }: Json, wanted: number): boolean => channel === wanted
const isBack = ({ query }: Link): boolean => query.has('lease')
const offerOf = (link: Link): Json => record(link.memory.get('shell offer'))

/** Remembers the offer of a link. */
function seen(frame: Json, link: Link): void {
  if (!isOf(frame, STATUS) || link.memory.has('shell offer')) return
  link.memory.set('shell offer', record(record(jsonOf(frame)['metadata'])['holdfast']))
}

type Change = NonNullable<Breach['toServer']>

function breach(toServer: Change, toClient: Change = (frame) => frame): Breach {
  return {
    binary: true,
    toServer,
    toClient: (frame, link, all) => {
      seen(frame, link)
      return toClient(frame, link, all)
    },
  }
}

/** A client that is right on the wire, and says something else. */
function says(change: (line: Json) => Json | undefined): ClientBreach {
  return { binary: true, said: change }
}

function receivedIn({ payload }: Json): number {
  return payload instanceof Uint8Array && payload.length === 16 ? Number(Buffer.from(payload).readBigUInt64BE()) : 0
}

/** For each row, a client that breaks its rule. */
export const SHELL_CLIENT_BREACHES: Readonly<Record<string, ClientBreach>> = {
  'shell-client/asks': { binary: true, query: (query) => query.delete('shellId') },
  'shell-client/credential': { binary: true, query: (query) => query.set('token', 'conformance-credential') },
  'shell-client/hello': breach((frame) =>
    isOf(frame, CTRL) && jsonOf(frame)['type'] === 'hello'
      ? withJson(frame, { ...jsonOf(frame), lease: 'other' })
      : frame,
  ),
  'shell-client/not-offered': breach((frame, link) => {
    if (isOf(frame, STDIN) && !('epoch' in offerOf(link))) link.toServer({ channel: ACK, payload: Buffer.alloc(16) })
    return frame
  }),
  'shell-client/ack': breach((frame) => (isOf(frame, ACK) && receivedIn(frame) === 4 ? undefined : frame)),
  'shell-client/ack-often': breach((frame) =>
    isOf(frame, ACK) && receivedIn(frame) > 1_000 && receivedIn(frame) < 32_768 ? undefined : frame,
  ),
  'shell-client/returns': { binary: true, query: (query) => query.delete('epoch') },
  'shell-client/instance': {
    binary: true,
    query: (query) => query.has('lease') && query.set('instance', `${query.get('instance')}x`),
  },
  'shell-client/continues': {
    binary: true,
    says: (frame, link) =>
      isOf(frame, STDOUT) && textOf(frame) === 'def' && isBack(link) ? { event: 'abc' } : undefined,
  },
  'shell-client/overlap': breach(
    (frame) => frame,
    (frame, link) => {
      const { out, live } = offerOf(link)
      if (!isOf(frame, STATUS) || !(Number(live) > Number(out))) return frame
      const status = jsonOf(frame)
      const metadata = record(status['metadata'])
      return withJson(frame, { ...status, metadata: { ...metadata, holdfast: { ...offerOf(link), out: live } } })
    },
  ),
  'shell-client/gap': says((line) => (line['gap'] === 7 ? undefined : line)),
  'shell-client/gap-control': says((line) => (line['gap'] === 5 ? undefined : line)),
  'shell-client/exit': says((line) => (line['ended'] === 'exited 3' ? { ended: 'exited 0' } : line)),
  'shell-client/kicked': says((line) => (line['ended'] === 'kicked' ? { ended: 'lost' } : line)),
  'shell-client/unknown': breach(
    (frame) => frame,
    (frame, link) => {
      if (isOf(frame, UNKNOWN)) link.memory.set('deaf', true)
      return link.memory.has('deaf') ? undefined : frame
    },
  ),
  'shell-client/acknowledged': says((line) => (line['send'] === 'typed' ? undefined : line)),
  'shell-client/again': breach((frame, link) =>
    isOf(frame, STDIN) && isBack(link) && textOf(frame).startsWith('abc')
      ? withText(frame, textOf(frame).slice(3))
      : frame,
  ),
  'shell-client/again-in-part': breach((frame, link) =>
    isOf(frame, STDIN) && isBack(link) && textOf(frame).startsWith('bc') ? withText(frame, `a${textOf(frame)}`) : frame,
  ),
  'shell-client/not-again': breach((frame, link) =>
    isOf(frame, STDIN) && isBack(link) && offerOf(link)['in'] === 3 ? withText(frame, `abc${textOf(frame)}`) : frame,
  ),
  'shell-client/held-from': breach((frame, link) =>
    isOf(frame, CTRL) && isBack(link) && jsonOf(frame)['in'] === 3
      ? withJson(frame, { ...jsonOf(frame), in: 0 })
      : frame,
  ),
  'shell-client/other-epoch': says((line) => (line['outcome'] === 'rejected' ? undefined : line)),
  'shell-client/max-frame': breach((frame, link) => {
    if (!isOf(frame, STDIN) || offerOf(link)['maxFrame'] !== 1_024) return frame
    const whole = `${String(link.memory.get('held') ?? '')}${textOf(frame)}`
    link.memory.set('held', whole)
    return whole.length < 3 * 1_024 ? undefined : withText(frame, whole)
  }),
}
