import { objectOf, readJson } from '../../checking/json.ts'
import { expectSame, expectThat } from '../../checking/mismatch.ts'
import type { Row } from '../../checking/rows.ts'
import { chunkOf, isAnswerTo, jsonRpc } from '../acp-messages.ts'
import { initializeWith, sessionIn } from '../acp-peer.ts'
import { type AcpStage, promptOf, stopReasonOf } from '../acp-stage.ts'
import { describe, type HttpAnswer, type HttpPeer, type HttpStream } from '../http-peer.ts'

const SECTION = 'acp.md, Over HTTP'

/** More than a body may have. */
const TOO_MANY_BYTES = 16 * 1024 * 1024 + 1

/** A connection. */
async function connected(stage: AcpStage): Promise<HttpPeer> {
  const peer = stage.http()
  await peer.initialize()
  return peer
}

function expectStatus(answer: HttpAnswer, status: number): void {
  expectThat(answer.status === status, `HTTP ${status}`, describe(answer))
}

/** A session, by the stream of its connection. */
async function sessionOf(stage: AcpStage, peer: HttpPeer, { frames }: HttpStream): Promise<string> {
  await peer.post(jsonRpc({ id: 'new', method: 'session/new', params: stage.newSession }))
  return sessionIn(await frames.next((frame) => isAnswerTo(frame, 'new'), 'the answer to session/new on the stream'))
}

/** ACP as everybody speaks it, over HTTP. */
export const HTTP_ROWS: readonly Row<AcpStage>[] = [
  {
    id: 'acp/http-initialize',
    requires: 'POST initialize: 200, with the answer as JSON and the header Acp-Connection-Id.',
    section: SECTION,
    check: async (stage) => {
      const { text } = await stage.http().initialize()
      const answer = readJson(text)
      expectThat(isAnswerTo(answer, 'initialize') && 'result' in answer, 'the answer to initialize', text)
    },
  },
  {
    id: 'acp/http-accepted',
    requires: 'Other POSTs: 202. Their answers come on the stream of the connection.',
    section: SECTION,
    check: async (stage) => {
      const peer = await connected(stage)
      const stream = await peer.listen()
      expectStatus(await peer.post(jsonRpc({ id: 1, method: 'session/new', params: stage.newSession })), 202)
      await stream.frames.next((frame) => isAnswerTo(frame, 1), 'the answer on the stream of the connection')
    },
  },
  {
    id: 'acp/http-session-stream',
    requires: 'What belongs to a session comes on the stream with its Acp-Session-Id.',
    section: SECTION,
    check: async (stage) => {
      const peer = await connected(stage)
      const sessionId = await sessionOf(stage, peer, await peer.listen())
      const stream = await peer.listen(sessionId)
      await peer.postIn(sessionId, jsonRpc(promptOf('prompt', sessionId, 'say one two')))
      const answer = await stream.frames.next(
        (frame) => isAnswerTo(frame, 'prompt'),
        'the answer on the stream of the session',
      )
      expectSame(stopReasonOf(answer), 'end_turn', 'stopReason')
      expectSame(stream.frames.all.map(chunkOf).join(''), 'one two ', 'the text of the updates on this stream')
    },
  },
  {
    id: 'acp/http-session-header',
    requires: 'A message of a session without Acp-Session-Id: 400.',
    section: SECTION,
    check: async (stage) => {
      const peer = await connected(stage)
      const sessionId = await sessionOf(stage, peer, await peer.listen())
      expectStatus(await peer.post(jsonRpc(promptOf('prompt', sessionId, 'say one'))), 400)
    },
  },
  {
    id: 'acp/http-connection-header',
    requires: 'Anything else than initialize without Acp-Connection-Id: 400.',
    section: SECTION,
    check: async (stage) => {
      const peer = await connected(stage)
      const request = jsonRpc({ id: 1, method: 'session/new', params: stage.newSession })
      expectStatus(await peer.post(request, { 'acp-connection-id': '' }), 400)
    },
  },
  {
    id: 'acp/http-unknown',
    requires: 'An unknown Acp-Connection-Id: 404.',
    section: SECTION,
    check: async (stage) => {
      const peer = await connected(stage)
      const request = jsonRpc({ id: 1, method: 'session/new', params: stage.newSession })
      expectStatus(await peer.post(request, { 'acp-connection-id': 'conformance-unknown' }), 404)
    },
  },
  {
    id: 'acp/http-second-initialize',
    requires: 'initialize with an Acp-Connection-Id: 400.',
    section: SECTION,
    check: async (stage) => expectStatus(await (await connected(stage)).post(initializeWith()), 400),
  },
  {
    id: 'acp/http-batch',
    requires: 'An array: 400, with the error −32600.',
    section: SECTION,
    check: async (stage) => {
      const peer = await connected(stage)
      const answer = await peer.post([jsonRpc({ id: 1, method: 'session/new', params: stage.newSession })])
      expectStatus(answer, 400)
      expectSame(objectOf(readJson(answer.text)['error'])['code'], -32_600, 'the code of the error')
    },
  },
  {
    id: 'acp/http-content-type',
    requires: 'A POST that is not application/json: 415.',
    section: SECTION,
    check: async (stage) => {
      const peer = await connected(stage)
      expectStatus(await peer.post(initializeWith(), { 'content-type': 'text/plain' }), 415)
    },
  },
  {
    id: 'acp/http-too-large',
    requires: 'A body of more than 16 MiB: 413.',
    section: SECTION,
    check: async (stage) => {
      const peer = await connected(stage)
      // A server may end the connection before it has read everything.
      const answer = await peer.post('x'.repeat(TOO_MANY_BYTES)).catch(() => undefined)
      expectThat(
        answer?.status === 413,
        'HTTP 413',
        answer === undefined ? 'a connection that ended' : describe(answer),
      )
    },
  },
  {
    id: 'acp/http-accept',
    requires: 'GET without Accept: text/event-stream: 406.',
    section: SECTION,
    check: async (stage) => {
      const { status } = await (await connected(stage)).listen(undefined, { accept: 'application/json' })
      expectSame(status, 406, 'the status')
    },
  },
  {
    id: 'acp/http-second-reader',
    requires: 'A second reader of one stream: 409.',
    section: SECTION,
    check: async (stage) => {
      const peer = await connected(stage)
      await peer.listen()
      expectSame((await peer.listen()).status, 409, 'the status')
    },
  },
  {
    id: 'acp/http-delete',
    requires: 'DELETE: 202. It ends the streams, and the connection is unknown.',
    section: SECTION,
    check: async (stage) => {
      const peer = await connected(stage)
      const { frames } = await peer.listen()
      expectStatus(await peer.delete(), 202)
      await frames.ended('the end of the stream')
      expectStatus(await peer.post(jsonRpc({ id: 1, method: 'session/new', params: stage.newSession })), 404)
    },
  },
]
