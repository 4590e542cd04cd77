import { isCount, objectOf } from '../../checking/json.ts'
import { expectSame, expectThat, NotApplicable } from '../../checking/mismatch.ts'
import type { Row } from '../../checking/rows.ts'
import { chunkOf, messageOf } from '../acp-messages.ts'
import { type AcpStage, back, conversation, fromOf, newClient, prompt, promptOf } from '../acp-stage.ts'

const SECTION = 'acp.md, The resume extension'

/** What a server offers, and its frames and numbers on one link. */
export const OFFER_ROWS: readonly Row<AcpStage>[] = [
  {
    id: 'acp/offer',
    requires: 'result._meta.holdfast of initialize has v, epoch and resumed, which is false for a new client.',
    section: SECTION,
    check: async (stage) => {
      const { offer } = await stage.resumable()
      const { v, epoch, resumed, maxFrameBytes } = offer
      const isRight = v === 1 && typeof epoch === 'string' && epoch !== '' && resumed === false
      const hasBound = maxFrameBytes === undefined || (isCount(maxFrameBytes) && maxFrameBytes > 0)
      expectThat(isRight && hasBound, '{"v":1,"epoch":text,"resumed":false,"maxFrameBytes"?:number}', offer)
    },
  },
  {
    id: 'acp/auth-frame',
    requires: 'Where no header can be set, {"type":"auth","token"} before initialize has the credential.',
    section: SECTION,
    check: async (stage) => {
      const { token } = stage.target
      if (token === undefined) throw new NotApplicable('no credential was given to this check')
      const peer = stage.dial({})
      await peer.socket.opened()
      peer.send({ type: 'auth', token })
      await peer.initialize({ client: newClient() })
      expectThat('result' in peer.initialized, 'an answer to initialize', peer.initialized)
    },
  },
  {
    id: 'acp/frames',
    requires: 'Behind the offer everything is in frames, under the numbers 1, 2, 3 …',
    section: SECTION,
    check: async (stage) => {
      const { peer } = await conversation(stage, 'framed')
      const others = peer.framesAfter.filter(({ type }) => typeof type !== 'string')
      expectSame(others, [], 'messages that are in no frame')
      const numbers = peer.framesAfter.filter((frame) => 'n' in frame).map(({ n }) => n)
      const wanted = numbers.map((_, at) => at + 1)
      expectSame(numbers, wanted, 'the numbers')
    },
  },
  {
    id: 'acp/from',
    requires: 'A message of a session has from {sessionId, seq}, the record of the log: it grows.',
    section: 'acp.md, Positions',
    check: async (stage) => {
      const { peer, sessionId } = await conversation(stage, 'first')
      await peer.answer(prompt(peer, sessionId, 'say second'))
      const places = peer.chunks.map(fromOf)
      const isOfSession = places.every((place) => place.sessionId === sessionId && place.seq > 0)
      expectThat(isOfSession, 'from with sessionId and seq on every update', peer.chunks)
      const isGrowing = places.every(({ seq, part }, at) => {
        const before = places[at - 1]
        return before === undefined || seq > before.seq || (seq === before.seq && part > before.part)
      })
      expectThat(isGrowing, 'places that grow', places)
    },
  },
  {
    id: 'acp/ack',
    requires: 'What is not a request is acknowledged: ack {through}.',
    section: SECTION,
    check: async (stage) => {
      const { peer, sessionId } = await conversation(stage)
      peer.write({ method: 'session/cancel', params: { sessionId } })
      const isAck = ({ type, through }: { type?: unknown; through?: unknown }): boolean =>
        type === 'ack' && Number(through) >= peer.sent
      await peer.first(isAck, `{"type":"ack","through":${peer.sent}}`)
    },
  },
  {
    id: 'acp/ping',
    requires: 'A ping is answered by a pong with through.',
    section: SECTION,
    check: async (stage) => {
      const { peer } = await conversation(stage, 'one')
      peer.send({ type: 'ping' })
      const { through } = await peer.first(({ type }) => type === 'pong', 'a pong for a ping')
      expectSame(through, peer.sent, 'through')
    },
  },
  {
    id: 'acp/number-once',
    requires: 'A message that comes again under its number is not done again.',
    section: SECTION,
    check: async (stage) => {
      const { peer, sessionId } = await conversation(stage)
      const id = peer.newId()
      const frame = peer.write(promptOf(id, sessionId, 'say one'))
      await peer.answer(id)
      peer.send(frame)
      await peer.answer(prompt(peer, sessionId, 'say two'))
      expectSame(peer.text, 'one two ', 'the text of the updates')
    },
  },
  {
    id: 'acp/number-left-out',
    requires: 'A client may leave numbers out.',
    section: SECTION,
    check: async (stage) => {
      const { peer, sessionId } = await conversation(stage)
      peer.write(promptOf('far', sessionId, 'say one'), peer.sent + 7)
      await peer.answer('far')
    },
  },
  {
    id: 'acp/unknown',
    requires: 'Unknown members are ignored.',
    section: SECTION,
    check: async (stage) => {
      const client = newClient()
      const peer = await stage.resumable({ client, conformance: { unknown: true } })
      const message = { jsonrpc: '2.0', id: 'new', method: 'session/new', params: stage.newSession }
      peer.send({ type: 'message', n: 1, message, conformance: 'unknown' })
      const { sessionId } = objectOf(messageOf(await peer.answer('new'))['result'])
      expectThat(typeof sessionId === 'string', 'a session', sessionId)
    },
  },
  {
    id: 'acp/max-frame',
    requires: 'A frame above maxFrameBytes ends the connection with 1009.',
    section: SECTION,
    check: async (stage) => {
      const { peer, sessionId } = await conversation(stage)
      const { maxFrameBytes } = peer.offer
      if (!isCount(maxFrameBytes)) throw new NotApplicable('the server names no maxFrameBytes')
      peer.write(promptOf(1, sessionId, 'x'.repeat(maxFrameBytes)))
      expectSame((await peer.socket.frames.ended('a close with 1009')).code, 1009, 'the close code')
    },
  },
  {
    id: 'acp/load',
    requires: 'session/load sends the conversation, and is answered behind it, at the largest part of a record.',
    section: 'acp.md, Positions',
    check: async (stage) => {
      const { sessionId } = await conversation(stage, 'one two')
      const other = await stage.resumable()
      other.write({ id: 'load', method: 'session/load', params: { sessionId, ...stage.newSession } })
      const answer = await other.answer('load')
      expectThat('result' in messageOf(answer), 'a result', answer)
      expectSame(other.frames.slice(0, other.frames.indexOf(answer)).map(chunkOf).join(''), 'one two ', 'the text')
      expectSame([fromOf(answer).sessionId, fromOf(answer).part], [sessionId, 2_147_483_647], 'sessionId and part')
    },
  },
  {
    id: 'acp/closed',
    requires: 'A client that closes with 1000 is forgotten.',
    section: SECTION,
    check: async (stage) => {
      const talk = await conversation(stage, 'one')
      talk.peer.socket.close()
      await talk.peer.socket.frames.ended('the end of the connection')
      const again = await back(stage, talk)
      expectSame(again.offer['resumed'], false, 'resumed')
    },
  },
]
