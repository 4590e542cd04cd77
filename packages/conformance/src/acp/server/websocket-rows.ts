import { objectOf } from '../../checking/json.ts'
import { expectSame, expectThat } from '../../checking/mismatch.ts'
import type { Row } from '../../checking/rows.ts'
import { chunkOf, holdfastOf, isAnswerTo, jsonRpc, messageOf } from '../acp-messages.ts'
import { type AcpPeer, sessionIn } from '../acp-peer.ts'
import { type AcpStage, promptOf, stopReasonOf } from '../acp-stage.ts'

const SECTION = 'acp.md, Over a WebSocket'

/** The longest id that is taken. */
const MAX_ID_CHARS = 1_024

/** The session of a client without the extension. */
async function plainSession(stage: AcpStage, peer: AcpPeer): Promise<string> {
  peer.send(jsonRpc({ id: 'new', method: 'session/new', params: stage.newSession }))
  return sessionIn(await peer.answer('new'))
}

/** The code of the error that answers nothing in particular. */
async function errorWithoutId(peer: AcpPeer, what: string): Promise<unknown> {
  const isError = (frame: object): boolean => 'error' in frame && 'id' in frame && frame.id === null
  return objectOf((await peer.first(isError, `an error with the id null for ${what}`))['error'])['code']
}

/** ACP as everybody speaks it, over a WebSocket. */
export const WEBSOCKET_ROWS: readonly Row<AcpStage>[] = [
  {
    id: 'acp/ws-connection-id',
    requires: 'The answer to the upgrade has the header Acp-Connection-Id.',
    section: SECTION,
    check: async (stage) => {
      const { socket } = await stage.plain()
      expectThat(Boolean(socket.headers['acp-connection-id']), 'Acp-Connection-Id', Object.keys(socket.headers))
    },
  },
  {
    id: 'acp/ws-first',
    requires: 'A first message that is not initialize: the server closes with 1002.',
    section: SECTION,
    check: async (stage) => {
      const peer = stage.dial()
      await peer.socket.opened()
      peer.send(jsonRpc({ id: 1, method: 'session/new', params: stage.newSession }))
      expectSame((await peer.socket.frames.ended('a close with 1002')).code, 1002, 'the close code')
    },
  },
  {
    id: 'acp/ws-second-initialize',
    requires: 'A second initialize is answered with the error −32600.',
    section: SECTION,
    check: async (stage) => {
      const peer = await stage.plain()
      peer.send(jsonRpc({ id: 'again', method: 'initialize', params: { protocolVersion: 1, clientCapabilities: {} } }))
      const { error } = await peer.answer('again')
      expectSame(objectOf(error)['code'], -32_600, 'the code of the error')
    },
  },
  {
    id: 'acp/ws-batch',
    requires: 'An array is answered once, with the error −32600 and the id null.',
    section: SECTION,
    check: async (stage) => {
      const peer = await stage.plain()
      const asked = [1, 2].map((id) => jsonRpc({ id, method: 'session/new', params: stage.newSession }))
      peer.send(asked)
      expectSame(await errorWithoutId(peer, 'an array'), -32_600, 'the code of the error')
    },
  },
  {
    id: 'acp/ws-not-json',
    requires: 'A text that is not JSON is answered with the error −32700 and the id null; the connection lives on.',
    section: SECTION,
    check: async (stage) => {
      const peer = await stage.plain()
      peer.socket.send('{"jsonrpc":')
      expectSame(await errorWithoutId(peer, 'broken JSON'), -32_700, 'the code of the error')
      await plainSession(stage, peer)
    },
  },
  {
    id: 'acp/ws-ids',
    requires: 'Requests are answered under their own ids; 0 and the empty text are ids.',
    section: SECTION,
    check: async (stage) => {
      const peer = await stage.plain()
      for (const id of [0, '']) peer.send(jsonRpc({ id, method: 'session/new', params: stage.newSession }))
      for (const id of [0, '']) sessionIn(await peer.answer(id))
    },
  },
  {
    id: 'acp/ws-long-id',
    requires: 'An id of more than 1,024 characters: the server closes with 1008.',
    section: SECTION,
    check: async (stage) => {
      const peer = await stage.plain()
      peer.send(jsonRpc({ id: 'x'.repeat(MAX_ID_CHARS + 1), method: 'session/new', params: stage.newSession }))
      expectSame((await peer.socket.frames.ended('a close with 1008')).code, 1008, 'the close code')
    },
  },
  {
    id: 'acp/ws-prompt',
    requires: 'A prompt is answered when its turn ends, behind the updates of the turn.',
    section: SECTION,
    check: async (stage) => {
      const peer = await stage.plain()
      peer.send(jsonRpc(promptOf('prompt', await plainSession(stage, peer), 'say one two')))
      expectSame(stopReasonOf(await peer.answer('prompt')), 'end_turn', 'stopReason')
      const answer = peer.frames.findIndex((frame) => isAnswerTo(frame, 'prompt'))
      const before = peer.frames.slice(0, answer).map(chunkOf).join('')
      expectSame(before, 'one two ', 'the text of the updates before the answer')
    },
  },
  {
    id: 'acp/ws-cancel',
    requires: 'session/cancel ends the turn, also one whose question is open: the prompt is answered with cancelled.',
    section: SECTION,
    check: async (stage) => {
      const peer = await stage.plain()
      const sessionId = await plainSession(stage, peer)
      peer.send(jsonRpc(promptOf('prompt', sessionId, 'ask this')))
      await peer.question()
      peer.send(jsonRpc({ method: 'session/cancel', params: { sessionId } }))
      expectSame(stopReasonOf(await peer.answer('prompt')), 'cancelled', 'stopReason')
    },
  },
  {
    id: 'acp/not-asked',
    requires: 'A client that does not ask gets nothing of the extension.',
    section: 'acp.md, The resume extension',
    check: async (stage) => {
      const peer = await stage.plain()
      await peer.answer('initialize')
      const sessionId = await plainSession(stage, peer)
      peer.send(jsonRpc(promptOf('prompt', sessionId, 'say one')))
      await peer.answer('prompt')
      expectSame(holdfastOf(messageOf(peer.initialized)['result']), {}, 'result._meta.holdfast')
      const frames = peer.frames.filter((frame) => !('jsonrpc' in frame))
      expectSame(frames, [], 'frames of the extension')
    },
  },
]
