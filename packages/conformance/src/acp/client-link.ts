import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import { type Frames, type FramesOptions, framesOn } from '../checking/frames.ts'
import { type Json, objectOf, readJson } from '../checking/json.ts'
import { isAnswerTo, isOf, jsonRpc, messageOf, QUESTION } from './acp-messages.ts'

/** The session of every client that is checked. */
export const SESSION = 'conformance'

/** The text of a prompt; undefined: it is none. */
function promptIn(frame: Json): unknown {
  const { method, params } = messageOf(frame)
  const { prompt } = objectOf(params)
  return method === 'session/prompt' && Array.isArray(prompt) ? objectOf(prompt[0])['text'] : undefined
}

/** One connection of the client that is checked. */
export class AcpClientLink {
  /** The header of the upgrade. */
  readonly authorization: string
  readonly url: string
  readonly frames: Frames<Json>
  readonly #socket: WebSocket

  constructor(socket: WebSocket, { url = '', headers }: IncomingMessage, options: FramesOptions<Json>) {
    this.#socket = socket
    this.url = url
    this.authorization = headers.authorization ?? ''
    const read = (data: Buffer): Json => readJson(String(data))
    this.frames = framesOn(socket, { ...options, read, answer: (frame) => this.#answer(frame) })
  }

  /** Messages in frames, in order. */
  get messages(): readonly Json[] {
    return this.frames.all.filter(({ type }) => type === 'message')
  }

  /** Texts of the prompts that came. */
  get prompts(): readonly unknown[] {
    return this.frames.all.map(promptIn).filter((text) => text !== undefined)
  }

  /** The first frame that fits, whether it came already or not. */
  async first(fits: (frame: Json) => boolean, expected: string): Promise<Json> {
    await this.frames.until((frames) => frames.some(fits), expected)
    return this.frames.all.find(fits) ?? {}
  }

  /** The first `initialize`, and what it says of the extension. */
  async initialize(): Promise<{ readonly id: unknown; readonly asked: Json }> {
    const { id, params } = messageOf(await this.first((frame) => isOf(frame, 'initialize'), 'the request initialize'))
    return { id, asked: objectOf(objectOf(objectOf(params)['_meta'])['holdfast']) }
  }

  /** The frame of the prompt with this text. */
  prompt(text: string): Promise<Json> {
    return this.first((frame) => promptIn(frame) === text, `the prompt ${JSON.stringify(text)} on the wire`)
  }

  /** The frame of the answer to a question. */
  answerTo(id: unknown): Promise<Json> {
    return this.first((frame) => isAnswerTo(frame, id), `an answer to the question ${JSON.stringify(id)}`)
  }

  send(frame: Json): void {
    this.#socket.send(JSON.stringify(frame))
  }

  /** A message under a number. */
  message(n: number, message: Json, from?: Json): void {
    this.send({ type: 'message', n, ...(from === undefined ? {} : { from }), message: jsonRpc(message) })
  }

  /** An update that streams a text. */
  update(n: number, text: string, { seq = n, ...more }: Json = {}): void {
    const update = { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } }
    const params = { sessionId: SESSION, update }
    this.message(n, { method: 'session/update', params }, { sessionId: SESSION, seq, ...more })
  }

  /** A question with a title; its id. */
  ask(n: number, title: string): string {
    const id = `${SESSION} ${n}`
    const options = [
      { optionId: 'yes', name: 'Yes', kind: 'allow_once' },
      { optionId: 'no', name: 'No', kind: 'reject_once' },
    ]
    const params = { sessionId: SESSION, toolCall: { toolCallId: 't', title }, options }
    this.message(n, { id, method: QUESTION, params }, { sessionId: SESSION, seq: n })
    return id
  }

  /** The end of the turn of a prompt. */
  end(n: number, prompt: Json): void {
    this.message(n, { id: messageOf(prompt)['id'], result: { stopReason: 'end_turn' } })
  }

  acknowledge({ n }: Json): void {
    this.send({ type: 'ack', through: n })
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  drop(): void {
    this.#socket.terminate()
  }

  /** What every server does. */
  #answer(frame: Json): void {
    if (frame['type'] === 'ping') this.send({ type: 'pong' })
  }
}
