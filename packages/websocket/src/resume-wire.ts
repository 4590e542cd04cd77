import type { Clock, Timer, WebSocketFrame } from '@holdfast/core'

/** First on every link, from the client. */
export interface ResumeHello {
  /** Random, chosen by the client object: whoever has it may resume its session. */
  readonly client: string
  /** The session that welcomed it, and the number of the last message that it received in it. */
  readonly session?: string | undefined
  readonly got: number
}

/** The answer: the session of this client. Where `resumed` is false it is another one, and what was sent in the one before is not sent again. */
export interface ResumeWelcome {
  readonly session: string
  readonly resumed: boolean
  readonly got: number
}

/** Control messages, in text frames that begin with `:`. `got`: everything up to this number was received. */
export type ResumeControl =
  | { readonly hello: ResumeHello }
  | { readonly welcome: ResumeWelcome }
  | { readonly got: number }

/** A frame, decoded. `n` is 0 for a message that is not repeated, and has no number. */
export type ResumeFrame = { readonly control: ResumeControl } | { readonly n: number; readonly data: WebSocketFrame }

const NUMBER_BYTES = 4

export function controlFrame(control: ResumeControl): string {
  return `:${JSON.stringify(control)}`
}

/** Text: the number, `:` and the text. Bytes: the number in four bytes, most significant first, and the bytes. */
export function dataFrame(n: number, data: WebSocketFrame): WebSocketFrame {
  if (typeof data === 'string') return `${n}:${data}`
  const frame = new Uint8Array(NUMBER_BYTES + data.length)
  new DataView(frame.buffer).setUint32(0, n)
  frame.set(data, NUMBER_BYTES)
  return frame
}

/** Undefined: not of this wire. */
export function readFrame(frame: WebSocketFrame): ResumeFrame | undefined {
  if (typeof frame !== 'string') {
    if (frame.length < NUMBER_BYTES) return undefined
    const n = new DataView(frame.buffer, frame.byteOffset).getUint32(0)
    return { n, data: frame.subarray(NUMBER_BYTES) }
  }
  const at = frame.indexOf(':')
  if (at === 0) return readControl(frame.slice(1))
  const n = Number(frame.slice(0, Math.max(at, 0)))
  return at > 0 && Number.isSafeInteger(n) && n >= 0 ? { n, data: frame.slice(at + 1) } : undefined
}

function readControl(text: string): ResumeFrame | undefined {
  try {
    const { hello, welcome, got } = Object(JSON.parse(text))
    if (isCount(got)) return { control: { got } }
    if (isName(hello?.client) && isCount(hello.got)) {
      const { client, session } = hello
      return { control: { hello: { client, session: isName(session) ? session : undefined, got: hello.got } } }
    }
    if (!isName(welcome?.session) || !isCount(welcome.got)) return undefined
    return { control: { welcome: { session: welcome.session, resumed: welcome.resumed === true, got: welcome.got } } }
  } catch {
    return undefined
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 64
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** What was received is acknowledged after so many messages, or after so many milliseconds. */
const ACK_COUNT = 32
const ACK_MS = 50

/** When an end of resumable sockets acknowledges. Both ends do it alike. */
export class AckPacer {
  readonly #clock: Clock
  readonly #acknowledge: () => void
  #count = 0
  #timer: Timer | undefined

  constructor(clock: Clock, acknowledge: () => void) {
    this.#clock = clock
    this.#acknowledge = acknowledge
  }

  /** One more message was received. */
  progress(): void {
    this.#count += 1
    if (this.#count >= ACK_COUNT) this.#flush()
    else this.#timer ??= this.#clock.after(ACK_MS, () => this.#flush())
  }

  /** Nothing waits to be acknowledged. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#count = 0
  }

  #flush(): void {
    this.stop()
    this.#acknowledge()
  }
}
