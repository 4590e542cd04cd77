import { readEventStream } from '../checking/event-stream.ts'
import { Frames } from '../checking/frames.ts'
import { type Json, readJson } from '../checking/json.ts'
import { expectThat, NotApplicable } from '../checking/mismatch.ts'
import type { ServerTarget } from '../checking/target.ts'
import { initializeWith } from './acp-peer.ts'

/** What a server answered. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** An event stream of a server. */
export interface HttpStream {
  readonly status: number
  readonly frames: Frames<Json>
}

const CONNECTION = 'acp-connection-id'
const SESSION = 'acp-session-id'
const JSON_TYPE = 'application/json'

/** Statuses of a server that has no ACP over HTTP. */
const NOT_THERE: readonly number[] = [404, 405, 426, 501]

/** A client of ACP over HTTP: `POST` says, `GET` listens, `DELETE` ends. */
export class HttpPeer {
  readonly #url: string
  readonly #target: ServerTarget
  readonly #end = new AbortController()
  #connection: string | undefined

  constructor(url: string, target: ServerTarget) {
    this.#url = url
    this.#target = target
  }

  /** Says `initialize`. @throws NotApplicable where the server has nothing of this */
  async initialize(): Promise<HttpAnswer> {
    const answer = await this.post(initializeWith())
    if (NOT_THERE.includes(answer.status)) {
      throw new NotApplicable(`the server has no ACP over HTTP (HTTP ${answer.status})`)
    }
    this.#connection = answer.headers.get(CONNECTION) ?? undefined
    expectThat(answer.status === 200 && this.#connection !== undefined, '200 with Acp-Connection-Id', describe(answer))
    return answer
  }

  /** Says a message, or a text as it is. */
  post(message: Json | readonly Json[] | string, more: HeadersOf = {}): Promise<HttpAnswer> {
    const body = typeof message === 'string' ? message : JSON.stringify(message)
    return this.#ask('POST', { 'content-type': JSON_TYPE, ...more }, body)
  }

  /** Says a message of a session. */
  postIn(sessionId: string, message: Json): Promise<HttpAnswer> {
    return this.post(message, { [SESSION]: sessionId })
  }

  delete(): Promise<HttpAnswer> {
    return this.#ask('DELETE', {})
  }

  /** Reads the stream of the connection, or of a session. */
  async listen(sessionId?: string, more: HeadersOf = {}): Promise<HttpStream> {
    const own: HeadersOf = sessionId === undefined ? {} : { [SESSION]: sessionId }
    const headers = this.#headers({ accept: 'text/event-stream', ...own, ...more })
    const response = await fetch(this.#url, { headers, signal: this.#end.signal })
    const frames = new Frames<Json>(this.#target)
    if (response.status === 200 && response.body !== null) {
      void readEventStream(response.body, ({ data }) => frames.put(readJson(data))).then((ending) => frames.end(ending))
    } else await response.body?.cancel()
    return { status: response.status, frames }
  }

  close(): void {
    this.#end.abort()
  }

  async #ask(method: string, headers: HeadersOf, body?: string): Promise<HttpAnswer> {
    const signal = AbortSignal.any([this.#end.signal, AbortSignal.timeout(this.#target.timeoutMs)])
    const response = await fetch(this.#url, { method, headers: this.#headers(headers), signal, body: body ?? null })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }

  /** Without those that are given as an empty text. */
  #headers(more: HeadersOf): Record<string, string> {
    const { token } = this.#target
    const all = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(this.#connection === undefined ? {} : { [CONNECTION]: this.#connection }),
      ...more,
    }
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
  }
}

type HeadersOf = Readonly<Record<string, string>>

/** An answer in a table. */
export function describe({ status, text }: HttpAnswer): string {
  return `HTTP ${status} ${text.slice(0, 100)}`
}
