import type { ChannelEnd, WebSocketChannel, WebSocketFrame } from '@holdfast/contract'
import { testkitError } from './errors.ts'
import { type Matched, matches, type Pattern } from './matches.ts'
import type { AcceptOptions, MemoryRequest, RefuseOptions } from './memory-link.ts'
import type { ListenOptions, MemoryListener, Serve } from './memory-transport.ts'
import { printable } from './printable.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** What a {@link ScriptedServer} is made of. */
export interface ScriptedServerOptions {
  /** A memory or simulated network. */
  readonly network: { listen(serve: Serve, options?: ListenOptions): MemoryListener }
  /** Awaiting a peer lets this clock's time pass. */
  readonly clock: Pick<VirtualClock, 'runUntil' | 'advance'>
  /** How much virtual time each expectation may take. @defaultValue 60,000 */
  readonly withinMs?: number | undefined
  /** @defaultValue every URL */
  readonly url?: string | undefined
}

/** Longer than any default deadline of the engine. */
const DEFAULT_WITHIN_MS = 60_000

/** Longest text of a message in a failed expectation. */
const MAX_SHOWN = 500

/** A server that does what the test says, one dial after the other. A dial waits until the test answers it. */
export class ScriptedServer {
  readonly #wait: Wait
  readonly #listener: MemoryListener
  readonly #requests: MemoryRequest[] = []

  constructor(options: ScriptedServerOptions) {
    this.#wait = new Wait(options.clock, options.withinMs ?? DEFAULT_WITHIN_MS)
    this.#listener = options.network.listen((request) => this.#requests.push(request), { url: options.url })
  }

  /** Dials that wait for an answer. */
  get waiting(): number {
    this.#forgetAborted()
    return this.#requests.length
  }

  /** Waits for the next dial and accepts it. @throws `testkit/unexpected` when none comes in time. */
  async peer(options?: AcceptOptions): Promise<ScriptedPeer> {
    const request = await this.dialed()
    return new ScriptedPeer(request, request.accept(options), this.#wait)
  }

  /** Waits for the next dial and refuses it. Without a status it is refused below HTTP. */
  async refuses(options?: RefuseOptions): Promise<MemoryRequest> {
    const request = await this.dialed()
    request.refuse(options)
    return request
  }

  /** Waits for the next dial and leaves the answer to the caller: never given, the dial hangs. */
  async dialed(): Promise<MemoryRequest> {
    await this.#wait.until(() => this.waiting > 0, 'a dial')
    for (const request of this.#requests.splice(0, 1)) return request
    throw testkitError('testkit/unexpected', 'expected a dial, and another expectation took it')
  }

  /** Takes no more dials. Links that are open stay. */
  close(): void {
    this.#listener.close()
  }

  #forgetAborted(): void {
    while (this.#requests[0]?.aborted === true) this.#requests.shift()
  }
}

/** The server's end of one link, with the verbs of a script. Messages are JSON texts; frames are what they are. */
export class ScriptedPeer {
  readonly request: MemoryRequest
  readonly #channel: WebSocketChannel
  readonly #wait: Wait
  readonly #frames: WebSocketFrame[] = []
  #end: ChannelEnd | undefined

  constructor(request: MemoryRequest, channel: WebSocketChannel, wait: Wait) {
    this.request = request
    this.#channel = channel
    this.#wait = wait
    channel.start({
      frame: (frame) => this.#frames.push(frame),
      closed: (end) => {
        this.#end = end
      },
    })
  }

  /** Received and not yet expected by the script. */
  get unread(): readonly WebSocketFrame[] {
    return this.#frames
  }

  /**
   * The next message matches `pattern`: an object has at least these members, an array exactly these items, a function
   * says yes, anything else is equal. Returns the whole message; its type has the members of the pattern, so
   * `const { id } = await peer.receives({ op: 'sale', id: (id) => typeof id === 'string' })` is a string.
   * @throws `testkit/unexpected`
   */
  receives<const P extends Pattern>(pattern: P): Promise<Matched<P>>
  async receives(pattern: Pattern): Promise<unknown> {
    const frame = await this.receivesFrame(shown(pattern))
    const message = parse(frame)
    if (matches(message, pattern)) return message
    throw testkitError('testkit/unexpected', `expected ${shown(pattern)}, got ${shown(message)}${kindOf(frame)}`)
  }

  /** The next frame, whatever it is. @throws `testkit/unexpected` when none comes. */
  async receivesFrame(expected = 'a frame'): Promise<WebSocketFrame> {
    await this.#wait.until(() => this.#frames.length > 0 || this.#end !== undefined, expected)
    for (const frame of this.#frames.splice(0, 1)) return frame
    throw testkitError('testkit/unexpected', `expected ${expected}, but the link ended: ${shown(this.#end)}`)
  }

  /** Nothing comes for `ms`. @throws `testkit/unexpected` */
  async receivesNothing(ms: number): Promise<void> {
    await this.#wait.clock.advance(ms)
    for (const frame of this.#frames) {
      throw testkitError('testkit/unexpected', `expected nothing for ${ms} ms, got ${shown(parse(frame))}`)
    }
  }

  /** The link ends within the time; answers how. @throws `testkit/unexpected` */
  async ends(): Promise<ChannelEnd> {
    await this.#wait.until(() => this.#end !== undefined, 'the link to end')
    return this.#end ?? { reason: '', clean: false }
  }

  /** Sends values as JSON texts. */
  sends(...messages: readonly unknown[]): void {
    for (const message of messages) this.#channel.send(JSON.stringify(message))
  }

  /** Sends frames as they are: broken JSON, bytes. */
  sendsFrame(...frames: readonly WebSocketFrame[]): void {
    for (const frame of frames) this.#channel.send(frame)
  }

  /** Closes politely. */
  closes(code?: number, reason?: string): void {
    this.#channel.close(code, reason)
  }

  /** The link breaks: no close frame. */
  drops(): void {
    this.#channel.terminate()
  }

  /** Stops reading: the sender is pushed back, and pings behind the unread frames stay unanswered. */
  stopsReading(): void {
    this.#channel.pause()
  }

  readsOn(): void {
    this.#channel.resume()
  }
}

/** A server whose dials are answered by the test: `const peer = await server.peer(); await peer.receives({ type: 'hello' })`. */
export function scriptedServer(options: ScriptedServerOptions): ScriptedServer {
  return new ScriptedServer(options)
}

/** Lets virtual time pass until something holds. */
class Wait {
  readonly clock: ScriptedServerOptions['clock']
  readonly #withinMs: number

  constructor(clock: ScriptedServerOptions['clock'], withinMs: number) {
    this.clock = clock
    this.#withinMs = withinMs
  }

  async until(condition: () => boolean, expected: string): Promise<void> {
    let isMet = condition()
    if (isMet) return
    await this.clock
      .runUntil(() => {
        isMet = condition()
        return isMet
      }, this.#withinMs)
      .catch((error: unknown) => {
        if (isMet || !isLimit(error)) throw error
        throw testkitError('testkit/unexpected', `expected ${expected} within ${this.#withinMs} ms, nothing came`)
      })
  }
}

function isLimit(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'testkit/limit_reached'
}

function parse(frame: WebSocketFrame): unknown {
  if (typeof frame !== 'string') return frame
  try {
    return JSON.parse(frame)
  } catch {
    return frame
  }
}

/** A pattern is compared with JSON text: what is something else looks the same in an error. */
function kindOf(frame: WebSocketFrame): string {
  return typeof frame === 'string' ? '' : ' (a binary frame; receivesFrame() returns it as it is)'
}

function shown(value: unknown): string {
  const text = printable(value)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}… (${text.length} characters)` : text
}
