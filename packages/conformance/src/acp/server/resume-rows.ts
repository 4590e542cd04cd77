import type { Json } from '../../checking/json.ts'
import { expectSame, expectThat } from '../../checking/mismatch.ts'
import type { Row } from '../../checking/rows.ts'
import { chunkOf, isOf, jsonRpc, messageOf, QUESTION, selected } from '../acp-messages.ts'
import type { AcpPeer } from '../acp-peer.ts'
import { type AcpStage, back, conversation, fromOf, prompt, promptOf, stopReasonOf } from '../acp-stage.ts'

const RETURNING = 'acp.md, Coming back'
const FORGOTTEN = 'acp.md, Where the numbering is not remembered'
const QUESTIONS = 'acp.md, Questions of the agent'

/** What the agent does after its client is gone. In milliseconds. */
const LATER_MS = 500

/** Numbers and messages, without what belongs to a link. */
function messagesAfter(peer: AcpPeer, after: number): readonly Json[] {
  return peer.messages.filter(({ n }) => Number(n) > after).map(({ n, message }) => ({ n, message }))
}

/** A numbering that no server remembers. */
const ELSEWHERE = { epoch: 'conformance-elsewhere' }

function placesOf(peer: AcpPeer): readonly unknown[] {
  return peer.chunks.map((frame) => [fromOf(frame).seq, fromOf(frame).part, chunkOf(frame)])
}

/** A client that comes back. */
export const RESUME_ROWS: readonly Row<AcpStage>[] = [
  {
    id: 'acp/resumed',
    requires: 'A client that comes back is resumed, in the same epoch.',
    section: RETURNING,
    check: async (stage) => {
      const talk = await conversation(stage, 'one')
      const { epoch, resumed } = (await back(stage, talk)).offer
      expectSame([resumed, epoch], [true, talk.peer.offer['epoch']], 'resumed and epoch')
    },
  },
  {
    id: 'acp/initialize-again',
    requires: 'The answer to initialize of a client that is resumed has no more than _meta.',
    section: RETURNING,
    check: async (stage) => {
      const { initialized } = await back(stage, await conversation(stage, 'one'))
      const { result } = initialized
      expectSame(Object.keys(Object(result)), ['_meta'], 'the members of result')
    },
  },
  {
    id: 'acp/replay',
    requires: 'What a client has not received comes again, under the same numbers, in order and once.',
    section: RETURNING,
    check: async (stage) => {
      const talk = await conversation(stage, 'alpha beta gamma')
      const wanted = messagesAfter(talk.peer, 1)
      const again = await back(stage, talk, 1)
      await again.first(({ n }) => n === talk.peer.last, `the message ${talk.peer.last}`)
      await again.settled()
      expectSame(messagesAfter(again, 0), wanted, 'the messages')
    },
  },
  {
    id: 'acp/nothing-again',
    requires: 'What a client has received does not come again.',
    section: RETURNING,
    check: async (stage) => {
      const again = await back(stage, await conversation(stage, 'one two'))
      await again.settled()
      expectSame(messagesAfter(again, 0), [], 'the messages')
    },
  },
  {
    id: 'acp/while-away',
    requires: 'A turn goes on while its client is away, and is answered when it is back.',
    section: RETURNING,
    check: async (stage) => {
      const talk = await conversation(stage)
      const id = prompt(talk.peer, talk.sessionId, `later ${LATER_MS} say one two`)
      await talk.peer.settled()
      const again = await back(stage, talk)
      expectSame(stopReasonOf(await again.answer(id)), 'end_turn', 'stopReason')
      expectSame(again.text, 'one two ', 'the text of the updates')
    },
  },
  {
    id: 'acp/request-again',
    requires: 'A request that is written again on another link is done once, and answered.',
    section: RETURNING,
    check: async (stage) => {
      const talk = await conversation(stage)
      const id = talk.peer.newId()
      const frame = talk.peer.write(promptOf(id, talk.sessionId, `later ${LATER_MS} say one`))
      await talk.peer.settled()
      const again = await back(stage, talk)
      again.send(frame)
      await again.answer(id)
      await again.answer(prompt(again, talk.sessionId, 'say two'))
      expectSame(again.text, 'one two ', 'the text of the updates')
    },
  },
  {
    id: 'acp/another-link',
    requires: 'The old link of a client that comes back meanwhile is closed.',
    section: RETURNING,
    check: async (stage) => {
      const { peer, client } = await conversation(stage, 'one')
      await stage.resumable({ client, epoch: peer.offer['epoch'], after: peer.last, positions: [] })
      await peer.socket.frames.ended('a close of the old link')
    },
  },
  {
    id: 'acp/forgotten',
    requires: 'A client of an unknown epoch is not resumed: it gets another epoch, and numbers that begin with 1.',
    section: FORGOTTEN,
    check: async (stage) => {
      const talk = await conversation(stage, 'one')
      const positions = [{ sessionId: talk.sessionId, seq: 0 }]
      const again = await back(stage, talk, 1_000, { ...ELSEWHERE, positions })
      const { resumed, epoch } = again.offer
      expectSame(resumed, false, 'resumed')
      expectThat(epoch !== ELSEWHERE.epoch && epoch !== talk.peer.offer['epoch'], 'another epoch', epoch)
      await again.streams('one ')
      expectSame(again.messages[0]?.['n'], 1, 'the first number')
    },
  },
  {
    id: 'acp/forgotten-records',
    requires: 'In another epoch each session is sent from its position, with the same from as before.',
    section: FORGOTTEN,
    check: async (stage) => {
      const talk = await conversation(stage, 'one')
      const [first] = talk.peer.chunks.map(fromOf)
      await talk.peer.answer(prompt(talk.peer, talk.sessionId, 'say two'))
      const positions = [{ sessionId: talk.sessionId, seq: first?.seq }]
      const again = await back(stage, talk, 0, { ...ELSEWHERE, positions })
      await again.streams('two ')
      const later = placesOf(talk.peer).slice(1)
      expectSame(placesOf(again), later, 'record, part and text of the updates')
    },
  },
  {
    id: 'acp/forgotten-request',
    requires: 'A request that is written again in another epoch is done once: client and number are in the log.',
    section: FORGOTTEN,
    check: async (stage) => {
      const talk = await conversation(stage)
      const id = talk.peer.newId()
      const frame = talk.peer.write(promptOf(id, talk.sessionId, 'say one'))
      await talk.peer.answer(id)
      const positions = [{ sessionId: talk.sessionId, seq: 0 }]
      const again = await back(stage, talk, 0, { ...ELSEWHERE, positions })
      again.send(frame)
      await again.answer(id)
      await again.answer(prompt(again, talk.sessionId, 'say two'))
      expectSame(again.text, 'one two ', 'the text of the updates')
    },
  },
  {
    id: 'acp/gap',
    requires: 'A position that a session does not have is answered with gap {n, sessionId, reason}.',
    section: FORGOTTEN,
    check: async (stage) => {
      const positions = [{ sessionId: 'conformance-unknown', seq: 5 }]
      const again = await back(stage, await conversation(stage), 0, { ...ELSEWHERE, positions })
      const gap = await again.first(({ type }) => type === 'gap', '{"type":"gap"}')
      const { n, sessionId, reason } = gap
      const isRight = n === 1 && sessionId === 'conformance-unknown' && typeof reason === 'string'
      expectThat(isRight, '{"type":"gap","n":1,"sessionId":"conformance-unknown","reason":text}', gap)
    },
  },
  {
    id: 'acp/question-id',
    requires: 'The id of a question is "{sessionId} {seq}", of its record.',
    section: QUESTIONS,
    check: async (stage) => {
      const { peer, sessionId } = await conversation(stage)
      prompt(peer, sessionId, 'ask this')
      const question = await peer.question()
      expectSame(messageOf(question)['id'], `${sessionId} ${fromOf(question).seq}`, 'the id')
    },
  },
  {
    id: 'acp/question-waits',
    requires: 'A question that is asked while the client is away comes when it is back.',
    section: QUESTIONS,
    check: async (stage) => {
      const talk = await conversation(stage)
      const id = prompt(talk.peer, talk.sessionId, `later ${LATER_MS} ask this`)
      await talk.peer.settled()
      talk.peer.drop()
      await stage.pause(2 * LATER_MS)
      const again = await back(stage, talk)
      const question = messageOf(await again.question())
      again.write({ id: question['id'], result: selected('yes') })
      await again.answer(id)
      expectSame(again.text, 'chose:yes ', 'the text of the updates')
      expectSame(again.messages.filter((frame) => isOf(frame, QUESTION)).length, 1, 'how often it was asked')
    },
  },
  {
    id: 'acp/question-answered-later',
    requires: 'A question that came before a drop is answered behind it, once.',
    section: QUESTIONS,
    check: async (stage) => {
      const talk = await conversation(stage)
      const id = prompt(talk.peer, talk.sessionId, 'ask this')
      const question = messageOf(await talk.peer.question())
      const again = await back(stage, talk)
      again.send(again.write({ id: question['id'], result: selected('no') }))
      await again.answer(id)
      expectSame(again.text, 'chose:no ', 'the text of the updates')
    },
  },
  {
    id: 'acp/question-forgotten',
    requires:
      'Where the numbering is not remembered, an open question is asked again under its id, and can be answered.',
    section: QUESTIONS,
    check: async (stage) => {
      const talk = await conversation(stage)
      prompt(talk.peer, talk.sessionId, 'ask this')
      const question = await talk.peer.question()
      const positions = [{ sessionId: talk.sessionId, seq: fromOf(question).seq - 1 }]
      const again = await back(stage, talk, 0, { ...ELSEWHERE, positions })
      const { id } = messageOf(await again.question())
      expectSame(id, messageOf(question)['id'], 'the id')
      again.write(jsonRpc({ id, result: selected('yes') }))
      await again.streams('chose:yes ')
    },
  },
  {
    id: 'acp/question-over',
    requires: 'The first answer counts: the other clients get $/cancel_request with the id of the question.',
    section: QUESTIONS,
    check: async (stage) => {
      const { peer, sessionId } = await conversation(stage)
      prompt(peer, sessionId, 'ask this')
      const { id } = messageOf(await peer.question())
      const other = await stage.resumable()
      other.write({ id: 'load', method: 'session/load', params: { sessionId, ...stage.newSession } })
      other.write({ id: messageOf(await other.question())['id'], result: selected('yes') })
      const over = await peer.first((frame) => isOf(frame, '$/cancel_request'), '$/cancel_request')
      expectSame(Object(messageOf(over)['params']).requestId, id, 'requestId')
    },
  },
]
