import { CLIENT_TOKEN } from '../../checking/checked-client.ts'
import type { Json } from '../../checking/json.ts'
import { expectSame, expectThat } from '../../checking/mismatch.ts'
import type { Row } from '../../checking/rows.ts'
import { type AcpClientScene, EPOCH, positionIn } from '../client-scene.ts'

const EXTENSION = 'acp.md, The resume extension'
const RETURNING = 'acp.md, Coming back'
const FORGOTTEN = 'acp.md, Where the numbering is not remembered'
const POSITIONS = 'acp.md, Positions'

/** At a server that has forgotten the numbering. */
const ELSEWHERE = { epoch: 'conformance-elsewhere', resumed: false }

/** So many messages are acknowledged at the latest. */
const ACK_MESSAGES = 256

/** How a client asks, and what it does with what it is sent. */
export const ACP_ASKING_ROWS: readonly Row<AcpClientScene>[] = [
  {
    id: 'acp-client/asks',
    requires: 'initialize asks with _meta.holdfast {v: 1, client}, and names no position at first.',
    section: EXTENSION,
    check: async (scene) => {
      const asked = await scene.askedOn(await scene.begin())
      const { v, client } = asked
      const isRight = v === 1 && typeof client === 'string' && client !== ''
      expectThat(isRight && !('epoch' in asked) && !('after' in asked), '{"v":1,"client":text}', asked)
    },
  },
  {
    id: 'acp-client/credential',
    requires: 'The credential is in a header or in {"type":"auth"} before initialize, not in the address.',
    section: 'acp.md, Over a WebSocket',
    check: async (scene) => {
      const link = await scene.begin()
      expectThat(!link.url.includes(CLIENT_TOKEN), 'an address without the credential', 'one with it')
      if (link.authorization.includes(CLIENT_TOKEN)) return
      const [{ type, token } = {}] = link.frames.all
      expectThat(type === 'auth' && token === CLIENT_TOKEN, 'a first frame of type auth with the credential', type)
    },
  },
  {
    id: 'acp-client/client',
    requires: 'client is the same on every link of a client object.',
    section: EXTENSION,
    check: async (scene) => {
      const first = await scene.begin()
      const { client } = await scene.askedOn(first)
      first.drop()
      expectSame((await scene.askedOn(await scene.accept()))['client'], client, 'client')
    },
  },
  {
    id: 'acp-client/client-new',
    requires: 'A process that starts again has another client.',
    section: EXTENSION,
    check: async (scene) => {
      const one = await scene.askedOn(await scene.begin())
      scene.client.start()
      const other = await scene.askedOn(await scene.begin())
      expectThat(one['client'] !== other['client'], 'two names', [one['client'], other['client']])
    },
  },
  {
    id: 'acp-client/not-offered',
    requires: 'At a server that offers nothing, nothing of the extension is written.',
    section: EXTENSION,
    check: async (scene) => {
      const link = await scene.acceptPlain()
      scene.send('a')
      await link.prompt('a')
      const frames = link.frames.all.filter((frame) => !('jsonrpc' in frame) && frame['type'] !== 'auth')
      expectSame(frames, [], 'frames of the extension')
    },
  },
  {
    id: 'acp-client/frames',
    requires: 'Behind the offer everything is in frames, under numbers that grow.',
    section: EXTENSION,
    check: async (scene) => {
      const link = await scene.begin()
      for (const text of ['a', 'b']) {
        scene.send(text)
        const frame = await link.prompt(text)
        expectThat(frame['type'] === 'message', 'the prompt in a frame of type message', frame)
        link.end(text === 'a' ? 2 : 3, frame)
        await scene.outcome(text, 'answered')
      }
      const numbers = link.messages.map(({ n }) => Number(n))
      const isGrowing = numbers.every((n, at) => n > (numbers[at - 1] ?? 0))
      expectThat(isGrowing, 'numbers that grow from 1', numbers)
    },
  },
  {
    id: 'acp-client/pong',
    requires: 'A ping is answered by a pong with through, the last number that has come.',
    section: EXTENSION,
    check: async (scene) => {
      const link = await scene.begin()
      link.update(2, 'a')
      link.send({ type: 'ping' })
      const { through } = await link.first(({ type }) => type === 'pong', 'a pong for a ping')
      expectSame(through, 2, 'through')
    },
  },
  {
    id: 'acp-client/ack',
    requires: 'At the latest after 256 messages the client acknowledges.',
    section: EXTENSION,
    check: async (scene) => {
      const link = await scene.begin()
      for (let n = 2; n <= ACK_MESSAGES + 1; n++) link.update(n, `${n}`)
      const isAck = ({ type, through }: Json): boolean => type === 'ack' && Number(through) > 0
      await link.first(isAck, '{"type":"ack","through":number}')
    },
  },
  {
    id: 'acp-client/after',
    requires: 'A client comes back with epoch and after, the last number that it has.',
    section: EXTENSION,
    check: async (scene) => {
      const first = await scene.begin()
      first.update(2, 'a')
      first.update(3, 'b')
      await scene.client.received('b')
      first.drop()
      const { epoch, after } = await scene.askedOn(await scene.accept())
      expectSame([epoch, after], [EPOCH, 3], 'epoch and after')
    },
  },
  {
    id: 'acp-client/positions',
    requires: 'positions names the last whole record: while no later one has come, the one before it.',
    section: POSITIONS,
    check: async (scene) => {
      const first = await scene.begin()
      first.update(2, 'a', { seq: 7 })
      first.update(3, 'b', { seq: 9, part: 1 })
      await scene.client.received('b')
      first.drop()
      const asked = await scene.askedOn(await scene.accept())
      const position = positionIn(asked)
      expectThat(position >= 7 && position < 9, 'positions with 8, or 7, for the session', asked)
    },
  },
  {
    id: 'acp-client/position-made',
    requires: 'The position in a session that the client has made, and of which nothing has come, is 0.',
    section: POSITIONS,
    check: async (scene) => {
      const first = await scene.begin()
      scene.send('a')
      await first.prompt('a')
      first.drop()
      expectSame(positionIn(await scene.askedOn(await scene.accept())), 0, 'the position of the session')
    },
  },
  {
    id: 'acp-client/duplicate',
    requires: 'A message whose number is not above the last is dropped.',
    section: EXTENSION,
    check: async (scene) => {
      const link = await scene.begin()
      link.update(2, 'a')
      link.update(3, 'b')
      link.update(2, 'a')
      link.update(3, 'b')
      link.update(4, 'c')
      await scene.client.received('c')
      expectSame(scene.client.texts, ['a', 'b', 'c'], 'the events at the application')
    },
  },
  {
    id: 'acp-client/missing',
    requires: 'Where a number is missing, the client closes the link and comes back with the last one that it has.',
    section: EXTENSION,
    check: async (scene) => {
      const first = await scene.begin()
      first.update(2, 'a')
      first.update(4, 'c')
      const again = await scene.accept()
      expectSame((await scene.askedOn(again))['after'], 2, 'after')
      again.update(3, 'b')
      again.update(4, 'c')
      await scene.client.received('c')
      expectSame(scene.client.texts, ['a', 'b', 'c'], 'the events at the application')
    },
  },
  {
    id: 'acp-client/forgotten',
    requires:
      'Where a client is not resumed, the numbers of the server begin with 1 again, and records that had come are dropped.',
    section: FORGOTTEN,
    check: async (scene) => {
      const first = await scene.begin()
      first.update(2, 'a', { seq: 1 })
      first.update(3, 'b', { seq: 2 })
      await scene.client.received('b')
      first.drop()
      const again = await scene.accept(ELSEWHERE)
      again.update(1, 'b', { seq: 2 })
      again.update(2, 'c', { seq: 3 })
      await scene.client.received('c')
      expectSame(scene.client.texts, ['a', 'b', 'c'], 'the events at the application')
    },
  },
  {
    id: 'acp-client/forgotten-parts',
    requires: 'Of a record that had come in part, the parts that had not are given to the application.',
    section: POSITIONS,
    check: async (scene) => {
      const first = await scene.begin()
      first.update(2, 'a', { seq: 1 })
      first.update(3, 'b', { seq: 1, part: 1 })
      await scene.client.received('b')
      first.drop()
      const again = await scene.accept(ELSEWHERE)
      again.update(1, 'a', { seq: 1 })
      again.update(2, 'b', { seq: 1, part: 1 })
      again.update(3, 'c', { seq: 1, part: 2 })
      await scene.client.received('c')
      expectSame(scene.client.texts, ['a', 'b', 'c'], 'the events at the application')
    },
  },
  {
    id: 'acp-client/forgotten-after',
    requires: 'A client that was not resumed comes back in the new epoch, with the numbers of that.',
    section: FORGOTTEN,
    check: async (scene) => {
      const first = await scene.begin()
      first.update(2, 'a')
      await scene.client.received('a')
      first.drop()
      const second = await scene.accept(ELSEWHERE)
      second.update(1, 'b', { seq: 9 })
      await scene.client.received('b')
      second.drop()
      const { epoch, after } = await scene.askedOn(await scene.accept({ epoch: ELSEWHERE.epoch }))
      expectSame([epoch, after], [ELSEWHERE.epoch, 1], 'epoch and after')
    },
  },
  {
    id: 'acp-client/gap',
    requires: 'A gap is reported to the application, has a number, and the stream goes on behind it.',
    section: FORGOTTEN,
    check: async (scene) => {
      const link = await scene.begin()
      link.send({ type: 'gap', n: 2, sessionId: 'conformance', reason: 'retention' })
      link.update(3, 'b', { seq: 30 })
      await scene.client.reported(({ gap }) => gap !== undefined, { gap: true })
      await scene.client.received('b')
    },
  },
  {
    id: 'acp-client/too-far-behind',
    requires: 'After 4408 the client comes back.',
    section: RETURNING,
    check: async (scene) => {
      const first = await scene.begin()
      first.close(4408, 'too slow')
      const { epoch } = await scene.askedOn(await scene.accept(ELSEWHERE))
      expectSame(epoch, EPOCH, 'epoch')
    },
  },
  {
    id: 'acp-client/unknown',
    requires: 'Unknown types of frames and unknown members are ignored.',
    section: EXTENSION,
    check: async (scene) => {
      const link = await scene.begin({ conformance: { unknown: true } })
      link.send({ type: 'conformance_unknown', through: 'x' })
      link.update(2, 'a', { conformance: 'unknown' })
      await scene.client.received('a')
    },
  },
]
