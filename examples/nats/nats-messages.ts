import { CredentialsRefused } from '@holdfast/core'
import { parserCodec } from '@holdfast/core/codecs'

/** What a server says of itself. */
export interface ServerInfo {
  /** Bytes of one message. */
  readonly max_payload: number
  /** Other servers of its cluster, `host:port`. */
  readonly connect_urls?: readonly string[]
  /** It will leave. */
  readonly ldm?: boolean
}

export interface NatsMessage {
  readonly op: 'MSG'
  readonly subject: string
  /** The subscription that it is for. */
  readonly sid: string
  readonly reply: string | undefined
  /** 503: the subject of a request has no listener. */
  readonly status: number | undefined
  readonly payload: Uint8Array
}

type Info = { readonly op: 'INFO'; readonly info: ServerInfo }
export type In =
  | NatsMessage
  | Info
  | { readonly op: '-ERR'; readonly text: string }
  | { readonly op: 'PING' | 'PONG' | '+OK' }

export type Out =
  | { readonly op: 'CONNECT'; readonly options: object }
  | { readonly op: 'PUB'; readonly subject: string; readonly reply?: string; readonly payload: string | Uint8Array }
  | { readonly op: 'SUB'; readonly subject: string; readonly sid: string }
  | { readonly op: 'UNSUB'; readonly sid: string }
  | { readonly op: 'PING' | 'PONG' }

export const isInfo = (message: In): message is Info => message.op === 'INFO'
export const isMessage = (message: In): message is NatsMessage => message.op === 'MSG'
export const pings = { ping: (): Out => ({ op: 'PING' }), isPong: ({ op }: In) => op === 'PONG' }

/** The server is silent about what went well. */
export function connect(token: string | undefined): Out {
  const auth = token === undefined ? {} : { auth_token: token }
  return { op: 'CONNECT', options: { verbose: false, protocol: 1, headers: true, no_responders: true, ...auth } }
}

/** What the server says instead of PONG. Its texts are its codes. */
export function refused(text: string): Error {
  return text === 'Authorization Violation' ? new CredentialsRefused() : new Error(`The server refused: ${text}`)
}

/** INFO of a large cluster is the longest line. */
const MAX_LINE_BYTES = 1_048_576

/** The client protocol of NATS: lines, of which some have a payload behind them. */
export const natsMessages = parserCodec<In, Out>({
  open() {
    let rest: Buffer = Buffer.alloc(0)
    return function* read(piece) {
      rest = Buffer.concat([rest, Buffer.from(piece)])
      for (let one = first(rest); one !== undefined; one = first(rest)) {
        rest = rest.subarray(one.bytes)
        yield one.message
      }
      if (rest.indexOf('\r\n') < 0 && rest.length > MAX_LINE_BYTES) throw new Error('a line without an end')
    }
  },
  encode(message) {
    if (message.op !== 'PUB') return lineOf(message)
    const payload = Buffer.from(message.payload)
    return Buffer.concat([Buffer.from(lineOf(message, payload.length)), payload, Buffer.from('\r\n')])
  },
})

/** The first message, and how many bytes it takes; undefined: not all of it is there. */
function first(bytes: Buffer): { readonly message: In; readonly bytes: number } | undefined {
  const end = bytes.indexOf('\r\n')
  if (end < 0) return undefined
  const line = bytes.subarray(0, end).toString()
  const [op = '', ...words] = line.split(/\s+/)
  const body = end + 2
  switch (op) {
    case 'MSG':
    case 'HMSG': {
      const size = Number(words.at(-1))
      if (bytes.length < body + size + 2) return undefined
      return { message: messageOf(op, words, bytes.subarray(body, body + size)), bytes: body + size + 2 }
    }
    case 'INFO':
      return { message: { op, info: JSON.parse(line.slice(op.length)) }, bytes: body }
    case '-ERR':
      return { message: { op, text: line.slice(op.length).trim().replaceAll("'", '') }, bytes: body }
    case 'PING':
    case 'PONG':
    case '+OK':
      return { message: { op }, bytes: body }
  }
  throw new Error('a line that is none of NATS')
}

/** `subject sid [reply] bytes`, and with headers `subject sid [reply] header-bytes bytes`. */
function messageOf(op: 'MSG' | 'HMSG', words: readonly string[], body: Buffer): NatsMessage {
  const [subject = '', sid = ''] = words
  const reply = words.length > (op === 'MSG' ? 3 : 4) ? words[2] : undefined
  const headerBytes = op === 'MSG' ? 0 : Number(words.at(-2))
  const status = /^NATS\/1\.0 (\d{3})/.exec(body.subarray(0, headerBytes).toString())?.[1]
  const payload = new Uint8Array(body.subarray(headerBytes))
  return { op: 'MSG', subject, sid, reply, status: status === undefined ? undefined : Number(status), payload }
}

function lineOf(message: Out, payloadBytes = 0): string {
  switch (message.op) {
    case 'CONNECT':
      return `CONNECT ${JSON.stringify(message.options)}\r\n`
    case 'PUB':
      return `PUB ${[message.subject, ...(message.reply === undefined ? [] : [message.reply])].map(checked).join(' ')} ${payloadBytes}\r\n`
    case 'SUB':
      return `SUB ${checked(message.subject)} ${message.sid}\r\n`
    case 'UNSUB':
      return `UNSUB ${message.sid}\r\n`
    case 'PING':
    case 'PONG':
      return `${message.op}\r\n`
  }
}

/** Nothing of a subject is a command. */
function checked(subject: string): string {
  if (subject === '' || /\s/.test(subject)) throw new Error('a subject has no white space, and is not empty')
  return subject
}
