import { type Cause, CredentialsRefused, HoldfastError, type RetryDecision } from '@holdfast/core'
import { parserCodec } from '@holdfast/core/codecs'
import { Decoder, Encoder, type Packet, PacketType } from 'socket.io-parser'

/** What a server says when a connection opens. In milliseconds. */
export interface Terms {
  readonly pingInterval: number
  readonly pingTimeout: number
}

/** The name of an event and what belongs to it. With an `id` the sender wants an acknowledgement. */
export interface Event {
  readonly kind: 'event'
  readonly data: readonly unknown[]
  readonly id?: number | undefined
}

type Opened = { readonly kind: 'open'; readonly terms: Terms }
type Connected = { readonly kind: 'connect'; readonly data: { readonly sid?: string; readonly pid?: string } }
type Refused = { readonly kind: 'connect_error'; readonly data: { readonly message?: string } }
type Acknowledged = { readonly kind: 'ack'; readonly id: number; readonly data: readonly unknown[] }

/** Packets of Socket.IO (protocol 5), and those of Engine.IO (protocol 4) below them. */
export type In =
  | Opened
  | Connected
  | Refused
  | Event
  | Acknowledged
  | { readonly kind: 'disconnect' | 'ping' | 'other' }
export type Out = Event | Acknowledged | { readonly kind: 'connect'; readonly data: object } | { readonly kind: 'pong' }

const ENGINE: Readonly<Record<string, 'ping' | undefined>> = { '2': 'ping' }

/** One text frame is a packet of Engine.IO, whose first character is its type. Binary frames belong to the packet before them. */
export const socketIoPackets = parserCodec<In, Out>({
  open() {
    const decoder = new Decoder()
    const whole: Packet[] = []
    decoder.on('decoded', (packet: Packet) => whole.push(packet))
    return function* read(frame) {
      if (typeof frame !== 'string') decoder.add(frame)
      else if (frame.startsWith('0')) yield { kind: 'open', terms: JSON.parse(frame.slice(1)) }
      else if (frame.startsWith('4')) decoder.add(frame.slice(1))
      else yield { kind: ENGINE[frame.charAt(0)] ?? 'other' }
      for (const packet of whole.splice(0)) yield messageOf(packet)
    }
  },
  encode(message) {
    if (message.kind === 'pong') return '3'
    const type = { connect: PacketType.CONNECT, event: PacketType.EVENT, ack: PacketType.ACK }[message.kind]
    const id = 'id' in message && message.id !== undefined ? { id: message.id } : {}
    const [text, ...binary]: readonly (string | Uint8Array)[] = new Encoder().encode({
      type,
      nsp: '/',
      data: message.data,
      ...id,
    })
    return [`4${text}`, ...binary]
  },
})

function messageOf({ type, data, id }: Packet): In {
  switch (type) {
    case PacketType.CONNECT:
      return { kind: 'connect', data }
    case PacketType.CONNECT_ERROR:
      return { kind: 'connect_error', data }
    case PacketType.EVENT:
      return { kind: 'event', data, id }
    case PacketType.ACK:
      return { kind: 'ack', data, id: id ?? 0 }
    case PacketType.DISCONNECT:
      return { kind: 'disconnect' }
  }
  return { kind: 'other' }
}

export const isOpen = (message: In): message is Opened => message.kind === 'open'
export const isEvent = (message: In): message is Event => message.kind === 'event'
export const isAnswer = (message: In): message is Connected | Refused =>
  message.kind === 'connect' || message.kind === 'connect_error'

/** Where the server continues behind this event: it adds that to those that it keeps for a client's return. */
export function offsetOf(message: In): string | undefined {
  const last = isEvent(message) && message.id === undefined ? message.data.at(-1) : undefined
  return typeof last === 'string' ? last : undefined
}

/** A middleware of the server has said no. */
export function refused({ data }: Refused): Error {
  return new CredentialsRefused(data.message)
}

/** The server has ended this client, and means it. */
export class Disconnected extends HoldfastError {
  constructor() {
    super('socket-io/disconnected', 'The server ended the connection: socket.disconnect() was called there.')
  }
}

export function decisionOf(cause: Cause): RetryDecision | undefined {
  return cause.kind === 'protocol' && cause.error instanceof Disconnected
    ? { act: 'stop', error: cause.error }
    : undefined
}
