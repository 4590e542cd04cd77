import { CLIENT_TOKEN } from '../../checking/checked-client.ts'
import { objectOf } from '../../checking/json.ts'
import { expectSame, expectThat } from '../../checking/mismatch.ts'
import type { Row } from '../../checking/rows.ts'
import { type ClientScene, EPOCH } from '../client-scene.ts'

const ASKING = 'resume-extension.md, Asking'
const STREAM = 'resume-extension.md, The stream'

/** How a client asks, and what it does with the stream. */
export const ASKING_ROWS: readonly Row<ClientScene>[] = [
  {
    id: 'hub-client/asks',
    requires: 'The client asks with resume=1, and for version 2 with v=2.',
    section: ASKING,
    check: async (scene) => {
      const { query } = await scene.accept()
      expectSame([query.get('resume'), query.get('v')], ['1', '2'], 'resume and v')
    },
  },
  {
    id: 'hub-client/credential',
    requires: 'The credential is in the first frame or a header, not in the address.',
    section: 'resume-extension.md, The wires below',
    check: async (scene) => {
      const link = await scene.accept()
      expectThat(!link.url.includes(CLIENT_TOKEN), 'an address without the credential', 'one with it')
      if (link.authorization.includes(CLIENT_TOKEN)) return
      const isCredential = (text: unknown): boolean => String(text).includes(CLIENT_TOKEN)
      await link.frames.next(({ authorization }) => isCredential(authorization), 'a first frame with the credential')
    },
  },
  {
    id: 'hub-client/instance',
    requires:
      'instance has 8 to 64 characters of A–Z a–z 0–9 _ -, and is the same for every connection of one client object.',
    section: ASKING,
    check: async (scene) => {
      const first = await scene.accept()
      const instance = first.query.get('instance') ?? ''
      expectThat(/^[\w-]{8,64}$/.test(instance), '8 to 64 of these characters', instance)
      first.drop()
      expectSame((await scene.accept()).query.get('instance'), instance, 'instance')
    },
  },
  {
    id: 'hub-client/instance-new',
    requires: 'A process that starts again has another instance.',
    section: ASKING,
    check: async (scene) => {
      const first = await scene.accept()
      scene.start()
      const second = await scene.accept()
      const [one, other] = [first.query.get('instance'), second.query.get('instance')]
      expectThat(one !== other && other !== null, 'two instances', [one, other])
    },
  },
  {
    id: 'hub-client/after-offer',
    requires: 'A client without events comes back with the position of the offer.',
    section: ASKING,
    check: async (scene) => {
      const first = await scene.accept({ seq: 7, anchor: 'anchor7' }, 7)
      await first.frames.next(({ type }) => type === 'bootstrap_ready', 'bootstrap_ready')
      first.drop()
      const { query } = await scene.accept()
      expectSame(query.get('after'), `${EPOCH}.7.anchor7`, 'after')
    },
  },
  {
    id: 'hub-client/after',
    requires: 'A client comes back with the position of the last event that its application has processed.',
    section: ASKING,
    check: async (scene) => {
      const first = await scene.accept()
      for (const seq of [1, 2]) first.event(seq)
      await scene.received('2')
      // The application has it once the client says so to the server.
      await first.frames.next(({ type, seq }) => type === 'ack' && seq === 2, '{"type":"ack","seq":2}')
      first.drop()
      const { query } = await scene.accept()
      expectSame(query.get('after'), `${EPOCH}.2.anchor2`, 'after')
    },
  },
  {
    id: 'hub-client/ack',
    requires: 'A client sends {"type":"ack","seq"} for what its application has processed.',
    section: STREAM,
    check: async (scene) => {
      const link = await scene.accept()
      for (const seq of [1, 2, 3]) link.event(seq)
      await link.frames.next(({ type, seq }) => type === 'ack' && seq === 3, '{"type":"ack","seq":3}')
    },
  },
  {
    id: 'hub-client/duplicate',
    requires: 'An event that comes again is dropped.',
    section: STREAM,
    check: async (scene) => {
      const link = await scene.accept()
      for (const seq of [1, 2, 1, 2, 3]) link.event(seq)
      await scene.received('3')
      expectSame(scene.texts, ['1', '2', '3'], 'the events at the application')
    },
  },
  {
    id: 'hub-client/hole',
    requires: 'Where an event is missing the client reconnects from its position.',
    section: STREAM,
    check: async (scene) => {
      const first = await scene.accept()
      first.event(1)
      await scene.received('1')
      first.event(3)
      const again = await scene.accept({}, 1)
      expectSame(again.query.get('after'), `${EPOCH}.1.anchor1`, 'after')
      again.event(2)
      again.event(3)
      await scene.received('3')
      expectSame(scene.texts, ['1', '2', '3'], 'the events at the application')
    },
  },
  {
    id: 'hub-client/prev',
    requires: 'prev says which event came before: numbers that it skips are not missing.',
    section: STREAM,
    check: async (scene) => {
      const link = await scene.accept()
      link.event(1)
      link.event(5, { prev: 1 })
      link.event(6)
      await scene.received('6')
      expectSame(scene.texts, ['1', '5', '6'], 'the events at the application')
    },
  },
  {
    id: 'hub-client/gap',
    requires: 'A gap is reported to the application, and the stream goes on from the hydration behind it.',
    section: STREAM,
    check: async (scene) => {
      const link = await scene.accept()
      link.event(1)
      link.send({ type: 'gap', from: 2, to: 8, reason: 'retention' })
      const state = { sessionId: 'conformance', entries: [], resumedAt: 0 }
      link.send({ type: 'session_hydration', ...state, seq: 8, anchor: 'anchor8' })
      link.event(9)
      await scene.reports.next(({ gap }) => gap !== undefined, 'the client to write {"gap":…}')
      await scene.received('9')
    },
  },
  {
    id: 'hub-client/stuck',
    requires: 'Where an event does not come that a mark names as sent, the client reconnects.',
    section: STREAM,
    check: async (scene) => {
      scene.start('observer')
      const first = await scene.accept()
      first.event(1)
      await scene.received('1')
      first.send({ type: 'mark', seq: 4, prev: 3, anchor: 'anchor4' })
      const again = await scene.accept({}, 1)
      expectSame(again.query.get('after'), `${EPOCH}.1.anchor1`, 'after')
    },
  },
  {
    id: 'hub-client/unknown',
    requires: 'Unknown types and members are ignored.',
    section: 'resume-extension.md, introduction',
    check: async (scene) => {
      const link = await scene.accept({ conformance: { unknown: true } })
      link.send({ type: 'conformance_unknown', ids: [1], seq: null })
      link.event(1, { conformance: 'unknown' })
      await scene.received('1')
    },
  },
  {
    id: 'hub-client/not-offered',
    requires: 'With a server that offers nothing, nothing of the extension is sent.',
    section: 'resume-extension.md, introduction',
    check: async (scene) => {
      const link = await scene.arrival()
      link.send({ type: 'init', role: 'controller', sessionId: 'conformance' })
      const session = { sessionId: 'conformance', timestamp: 0 }
      link.send({ type: 'broadcast', event: 'conformance', category: 'other', data: { text: 'plain' }, ...session })
      await scene.received('plain')
      scene.send('a')
      const command = await link.command('a')
      expectThat(!('n' in command) && !('done' in command), 'neither n nor done', command)
      const ack = link.frames.all.find(({ type }) => type === 'ack')
      expectThat(ack === undefined, 'no ack', objectOf(ack))
    },
  },
]
