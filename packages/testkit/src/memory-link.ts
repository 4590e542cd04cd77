import type { ChannelTraits, Clock, OpenErrorCode, Random, Target, WebSocketChannel } from '@holdfast/contract'
import { OpenError, peerWord } from '@holdfast/contract'
import { testkitError } from './errors.ts'
import { MemoryPipe, type PipeConditions, type Segment } from './memory-pipe.ts'
import { MemorySocket } from './memory-socket.ts'

/** What a server says when it accepts. */
export interface AcceptOptions {
  /** The subprotocol that it selects. @defaultValue none */
  readonly protocol?: string | undefined
  /** Response headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Its socket answers protocol pings. False makes a peer that is reachable but stuck. @defaultValue true */
  readonly answersPings?: boolean | undefined
}

/** What a server says when it refuses. */
export interface RefuseOptions {
  /** Why, as a transport would report it. @defaultValue `channel/open_failed` */
  readonly code?: OpenErrorCode | undefined
  /** HTTP status; absent: the connection is refused below HTTP (`ECONNREFUSED`). */
  readonly status?: number | undefined
  readonly retryAfterMs?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
}

/** A dial as the server sees it. Unanswered, it hangs until the dialer gives up. */
export interface MemoryRequest {
  readonly url: string
  /** With lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly protocols: readonly string[]
  /** The dialer has given up. */
  readonly aborted: boolean
  /** The link that the dial makes, for faults on it alone. */
  readonly link: MemoryLink
  /** Opens the server's end. @throws `testkit/already_answered` */
  accept(options?: AcceptOptions): WebSocketChannel
  /** @throws `testkit/already_answered` */
  refuse(options?: RefuseOptions): void
}

/** The two directions of a link, named after who receives. */
export type Direction = 'toServer' | 'toClient'

/** What a link is made of. */
export interface LinkParts {
  readonly id: number
  readonly target: Target
  readonly clock: Clock
  readonly clientClock: Clock
  readonly serverClock: Clock
  readonly random: Random
  readonly clientTraits: ChannelTraits
  readonly serverTraits: ChannelTraits
  readonly conditions: Readonly<Record<Direction, PipeConditions>>
  readonly windowBytes: number
  readonly closeTimeoutMs: number
  /** The dial has arrived at the server. */
  serve(request: MemoryRequest): void
  /** Both ends have ended. Called once. */
  ended(): void
}

type Answer = { readonly accepted: AcceptOptions } | { readonly refused: RefuseOptions }

/** One connection in memory, from the dial to the end of both its ends. */
export class MemoryLink {
  readonly id: number
  readonly url: string
  readonly #parts: LinkParts
  readonly #pipes: Readonly<Record<Direction, MemoryPipe>>
  readonly #client: MemorySocket
  #server: MemorySocket | undefined
  #answer: Answer | undefined
  #dial: { resolve(channel: WebSocketChannel): void; reject(error: unknown): void } | undefined
  #aborted = false
  #dropsWhenAccepted = false
  #gone = false

  constructor(parts: LinkParts) {
    this.#parts = parts
    this.id = parts.id
    this.url = parts.target.url
    this.#pipes = { toServer: this.#pipe('toServer'), toClient: this.#pipe('toClient') }
    this.#client = this.#channel('toServer', parts.clientClock, parts.clientTraits, true)
  }

  /** Ends of this link that are open. */
  get openEnds(): number {
    return (this.#dial === undefined && !this.#client.hasEnded ? 1 : 0) + (this.#serverIsOpen() ? 1 : 0)
  }

  /** The dial has not been answered yet. */
  get isDialing(): boolean {
    return this.#dial !== undefined
  }

  /** Both ends have ended. */
  get hasEnded(): boolean {
    return this.#gone
  }

  /** The client's end is open and writes: it has not called `close()`. */
  get clientIsWriting(): boolean {
    return this.#dial === undefined && this.#client.isWriting
  }

  conditions(direction: Direction): PipeConditions {
    return this.#pipes[direction].conditions
  }

  /** Changes how one direction behaves from now on. */
  change(direction: Direction, conditions: Partial<PipeConditions>): void {
    this.#pipes[direction].change(conditions)
  }

  /** Both ends learn at once that the connection broke; a dial in flight is refused. */
  reset(): void {
    const dial = this.#dial
    this.#dial = undefined
    this.#client.lost()
    this.#server?.lost()
    this.#aborted = true
    dial?.reject(new OpenError('the simulated connection was reset during the dial', { syscallCode: 'ECONNRESET' }))
    this.#settle()
  }

  /** The server's process ends: the client learns it when the news arrives; a dial without an answer is broken. */
  terminateServer(): void {
    if (this.#answer === undefined) this.reset()
    else this.#server?.channel.terminate()
  }

  /** Breaks the link as soon as the server has accepted it and said its first words. */
  dropWhenAccepted(): void {
    this.#dropsWhenAccepted = true
  }

  /** Of the transport: sends the dial on its way. */
  dial(signal: AbortSignal): Promise<WebSocketChannel> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#dial = undefined
        this.#aborted = true
        this.#client.channel.terminate()
        reject(signal.reason)
        this.#settle()
      }
      const forget = (): void => signal.removeEventListener('abort', abort)
      signal.addEventListener('abort', abort, { once: true })
      this.#dial = {
        resolve: (channel) => {
          forget()
          resolve(channel)
        },
        reject: (error) => {
          forget()
          reject(error)
        },
      }
      this.#pipes.toServer.push({ kind: 'dial', bytes: 0 })
    })
  }

  #pipe(direction: Direction): MemoryPipe {
    const { clock, clientClock, serverClock, random, conditions, windowBytes } = this.#parts
    const isToServer = direction === 'toServer'
    return new MemoryPipe({
      clock,
      receiverClock: isToServer ? serverClock : clientClock,
      random,
      conditions: conditions[direction],
      windowBytes,
      receive: (segment) => (isToServer ? this.#serverGot(segment) : this.#clientGot(segment)),
      isReading: () => (isToServer ? this.#server?.isReading : this.#client.isReading) ?? true,
    })
  }

  #channel(out: Direction, clock: Clock, traits: ChannelTraits, answersPings: boolean): MemorySocket {
    const { closeTimeoutMs, windowBytes } = this.#parts
    const inbound = this.#pipes[out === 'toServer' ? 'toClient' : 'toServer']
    return new MemorySocket({
      clock,
      traits,
      out: this.#pipes[out],
      closeTimeoutMs,
      windowBytes,
      answersPings,
      reading: () => inbound.update(),
      ended: () => {
        inbound.stop()
        this.#settle()
      },
    })
  }

  #serverGot(segment: Segment): void {
    if (segment.kind === 'dial') {
      this.#parts.serve(this.#request())
    } else this.#server?.receive(segment)
  }

  #clientGot(segment: Segment): void {
    const dial = this.#dial
    const answer = this.#answer
    if (segment.kind !== 'answer' || dial === undefined || answer === undefined) {
      this.#client.receive(segment)
      return
    }
    this.#dial = undefined
    if ('refused' in answer) {
      dial.reject(refusal(answer.refused))
      this.#client.channel.terminate()
      this.#settle()
      return
    }
    const { protocol = '', headers } = answer.accepted
    this.#client.opened({ protocol, ...(headers === undefined ? {} : { headers: lowerCase(headers) }) })
    dial.resolve(this.#client.channel)
  }

  #request(): MemoryRequest {
    const { target } = this.#parts
    const link = this
    return {
      url: target.url,
      headers: lowerCase(target.headers ?? {}),
      protocols: target.protocols ?? [],
      link,
      get aborted() {
        return link.#aborted
      },
      accept: (options = {}) => this.#accept(options),
      refuse: (options = {}) => this.#answerWith({ refused: options }),
    }
  }

  #accept(options: AcceptOptions): WebSocketChannel {
    this.#answerWith({ accepted: options })
    const { serverClock, serverTraits } = this.#parts
    const server = this.#channel('toClient', serverClock, serverTraits, options.answersPings ?? true)
    server.opened({ protocol: options.protocol ?? '' })
    this.#server = server
    if (this.#aborted) server.lost()
    else if (this.#dropsWhenAccepted) queueMicrotask(() => server.channel.terminate())
    return server.channel
  }

  #answerWith(answer: Answer): void {
    if (this.#answer !== undefined) {
      throw testkitError('testkit/already_answered', 'expected one accept() or refuse() a request, got a second')
    }
    this.#answer = answer
    this.#pipes.toClient.push({ kind: 'answer', bytes: 0 })
  }

  #serverIsOpen(): boolean {
    return this.#server !== undefined && !this.#server.hasEnded
  }

  /** Frees what will not be received, and says so when both ends are gone. */
  #settle(): void {
    if (this.#gone || !this.#client.hasEnded || this.#serverIsOpen()) return
    this.#gone = true
    this.#pipes.toServer.stop()
    this.#pipes.toClient.stop()
    this.#parts.ended()
  }
}

function refusal({ code = 'channel/open_failed', headers, ...rest }: RefuseOptions): OpenError {
  const { status, body } = rest
  const details = { ...rest, ...headersOf(headers), body, word: peerWord(body) }
  if (status === undefined) {
    const syscallCode = code === 'channel/open_failed' ? { syscallCode: 'ECONNREFUSED' } : {}
    return new OpenError('the simulated server refused the connection', { ...details, ...syscallCode }, undefined, code)
  }
  return new OpenError(`the simulated server answered the dial with status ${status}`, details, undefined, code)
}

function headersOf(headers: RefuseOptions['headers']): { readonly headers?: Record<string, string> } {
  return headers === undefined ? {} : { headers: lowerCase(headers) }
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
