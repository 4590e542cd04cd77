import { HoldfastError } from '@holdfast/core'
import { parserCodec } from '@holdfast/core/codecs'
import { mutualBeats } from '@holdfast/core/protocol'

export type Headers = Readonly<Record<string, string | undefined>>

export interface Frame<Body extends string | Uint8Array = Uint8Array> {
  /** `BEAT`: an end of line between frames. */
  readonly command: string
  readonly headers: Headers
  readonly body: Body
}
export type Out = Frame<string | Uint8Array>

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const frame = (command: string, headers: Headers = {}, body: string | Uint8Array = ''): Out => ({
  command,
  headers,
  body,
})
export const textOf = ({ body }: Frame): string => decoder.decode(body)

/** What the broker is asked to answer with a RECEIPT of this id. */
export const withReceipt = (message: Out, receipt: string): Out =>
  frame(message.command, { ...message.headers, receipt }, message.body)

export const target = (url: string) => ({ url, protocols: ['v12.stomp'] })

export interface Login {
  readonly login?: string
  /** The virtual host. @defaultValue '/' */
  readonly host?: string
}

export function connect({ login, host = '/' }: Login, passcode: string | undefined, wantedMs: number): Out {
  return frame('CONNECT', { 'accept-version': '1.2', host, login, passcode, 'heart-beat': `${wantedMs},${wantedMs}` })
}

export function sending(destination: string, body: string | Uint8Array, headers?: Headers): Out {
  return frame('SEND', { ...headers, destination }, body)
}

/** What a broker says before it ends the link. */
export function refused(error: Frame): HoldfastError {
  return new HoldfastError('stomp/refused', `${error.headers['message'] ?? 'ERROR'}: ${textOf(error).trim()}`)
}

/** The subscription that a broker refused. Where it names none, the first SUBSCRIBE without a receipt: it answers in order. */
export function ended(id: string | undefined, error: Frame) {
  return id === undefined ? undefined : { id, ended: true as const, error: refused(error) }
}

/** How often each side beats, in milliseconds; 0 for never. */
export interface Beats {
  readonly everyMs: number
  readonly promisedMs: number
}
export const NO_BEATS: Beats = { everyMs: 0, promisedMs: 0 }

/** Each side says what it can do and what it wants, and the slower counts (STOMP 1.2, heart-beating). */
export function agreed(wantedMs: number, answer: Frame): Beats {
  const [canMs = 0, wantsMs = 0] = (answer.headers['heart-beat'] ?? '0,0').split(',').map(Number)
  const slower = (theirsMs: number) => (theirsMs > 0 && wantedMs > 0 ? Math.max(theirsMs, wantedMs) : 0)
  return { everyMs: slower(wantsMs), promisedMs: slower(canMs) }
}

/** The rule for what was agreed on; undefined where neither side beats. */
export function beating({ everyMs, promisedMs }: Beats, timeoutMs: number) {
  if (everyMs === 0 && promisedMs === 0) return undefined
  return mutualBeats<Frame, Out>({
    beat: () => frame('BEAT'),
    everyMs: everyMs || Number.POSITIVE_INFINITY,
    timeoutMs: promisedMs === 0 ? Number.POSITIVE_INFINITY : Math.max(timeoutMs, promisedMs * 2),
  })
}

const [NUL, LF, CR] = [0, 10, 13]
/** Without this a frame that never ends takes all memory. */
const MAX_FRAME_BYTES = 16_777_216

/** Frames of STOMP 1.2. Mostly one WebSocket message is one frame; some brokers put an end of line behind it, or cut large ones. */
export const stompFrames = parserCodec<Frame, Out>({
  open() {
    let rest = new Uint8Array()
    return function* read(piece) {
      const bytes = typeof piece === 'string' ? encoder.encode(piece) : piece
      const all = new Uint8Array(rest.length + bytes.length)
      all.set(rest)
      all.set(bytes, rest.length)
      rest = all
      for (let one = first(rest); one !== undefined; one = first(rest)) {
        rest = rest.subarray(one.bytes)
        yield one.frame
      }
      if (rest.length <= MAX_FRAME_BYTES) return
      rest = new Uint8Array()
      throw new Error('a frame without an end')
    }
  },
  encode({ command, headers, body }) {
    if (command === 'BEAT') return '\n'
    const escaped = (text: string) =>
      command === 'CONNECT' ? text : text.replace(/[\\\r\n:]/g, (char) => ESCAPES[char] ?? '')
    const lines = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [`${escaped(name)}:${escaped(value)}\n`],
    )
    const size = typeof body === 'string' ? encoder.encode(body).length : body.length
    const head = `${command}\n${lines.join('')}content-length:${size}\n\n`
    if (typeof body === 'string') return `${head}${body}\0`
    const start = encoder.encode(head)
    const whole = new Uint8Array(start.length + body.length + 1)
    whole.set(start)
    whole.set(body, start.length)
    return whole
  },
})

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\r': '\\r', '\n': '\\n', ':': '\\c' }
const PLAIN: Readonly<Record<string, string>> = { '\\\\': '\\', '\\r': '\r', '\\n': '\n', '\\c': ':' }

/** The first frame, and how many bytes it takes; undefined: not all of it is there. */
function first(bytes: Uint8Array): { readonly frame: Frame; readonly bytes: number } | undefined {
  if (bytes[0] === LF || bytes[0] === CR)
    return { frame: { command: 'BEAT', headers: {}, body: bytes.subarray(0, 0) }, bytes: 1 }
  const start = bodyAt(bytes)
  if (start === undefined) return undefined
  const [command = '', ...lines] = decoder.decode(bytes.subarray(0, start)).trimEnd().split(/\r?\n/)
  const headers = headersOf(lines, command === 'CONNECTED')
  // Where a broker counts characters and not bytes, the body continues up to its end.
  const end = bytes.indexOf(NUL, start + Number(headers['content-length'] ?? 0))
  if (end < 0) return undefined
  return { frame: { command, headers, body: bytes.slice(start, end) }, bytes: end + 1 }
}

/** Behind the empty line. */
function bodyAt(bytes: Uint8Array): number | undefined {
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    const next = bytes[at + 1] === CR ? at + 2 : at + 1
    if (bytes[next] === LF) return next + 1
  }
  return undefined
}

/** Of a name that comes twice, the first counts. */
function headersOf(lines: readonly string[], isRaw: boolean): Headers {
  const headers = new Map<string, string>()
  const read = (text: string) => (isRaw ? text : text.replace(/\\[\\rnc]/g, (pair) => PLAIN[pair] ?? pair))
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = read(line.slice(0, colon))
    if (colon > 0 && !headers.has(name)) headers.set(name, read(line.slice(colon + 1)))
  }
  return Object.fromEntries(headers)
}
