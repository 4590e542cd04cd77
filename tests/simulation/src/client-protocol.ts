import {
  type ClientProtocol,
  CredentialsRefused,
  type HandshakeResult,
  jsonText,
  messagePing,
  type ProtocolContext,
  transportPing,
  type WebSocketFrame,
} from '@holdfast/core'
import { Cursor } from '@holdfast/core/protocol'
import type { ClientFrame, ServerFrame } from './wire.ts'

/** How one world's protocol differs from another's. */
export interface ProtocolVariant {
  /** A successor may be dialed beside the old connection. */
  readonly overlap: boolean
  /** Credentials are renewed in band. */
  readonly renews: boolean
  /** Messages are confirmed by acks of the protocol; otherwise by the probe. */
  readonly acks: boolean
  /** Probes are messages; otherwise the transport's own pings. */
  readonly messagePings: boolean
}

/** What the handshake tells. `base`: where in its history the client stands. */
export interface SimulationReady extends HandshakeResult {
  readonly epoch: string
  readonly base: number
}

export type SimulationProtocol = ClientProtocol<
  ServerFrame,
  ClientFrame,
  WebSocketFrame,
  WebSocketFrame,
  SimulationReady
>

/** Ordered both ways within an epoch: a cursor for what comes, acks and resume for what goes. */
export function simulationProtocol(variant: ProtocolVariant, saw: (message: ServerFrame) => void): SimulationProtocol {
  const cursor = new Cursor()
  const receive = (message: ServerFrame, context: ProtocolContext<ClientFrame>): boolean => {
    saw(message)
    switch (message.t) {
      case 'acked':
        context.acked({ ids: message.ids })
        context.acked({ through: message.through })
        return true
      case 'goaway':
        context.drain(message.spreadMs)
        return true
      case 'event': {
        const arrival = cursor.take(message.seq)
        if (arrival.kind === 'gap') context.gap(arrival.gap)
        return arrival.kind === 'duplicate'
      }
      default:
        return false
    }
  }
  return {
    name: 'simulation',
    codec: jsonText<ServerFrame, ClientFrame>(),
    overlap: variant.overlap,
    liveness: variant.messagePings
      ? messagePing({ ping: (nonce) => ({ t: 'ping', nonce }), isPong: (message) => message.t === 'pong' })
      : transportPing(),
    ...(variant.acks ? { delivery: { byDefault: 'once', stamp: (message, mark) => ({ ...message, ...mark }) } } : {}),
    ...(variant.renews
      ? { renew: (credentials, context) => context.send({ t: 'renew', token: tokenOf(credentials) }) }
      : {}),
    async handshake(link) {
      const position = cursor.position
      const received = position?.seq ?? 0
      link.send({ t: 'hello', token: tokenOf(link.credentials), epoch: position?.epoch, received })
      const answer = await link.next()
      if (answer.t === 'refused') throw new CredentialsRefused()
      if (answer.t !== 'welcome') throw new TypeError(`expected a welcome, got ${answer.t}`)
      link.step('resume')
      const { resumed, epoch, received: held } = answer
      if (!resumed) cursor.adopt({ epoch, seq: answer.base })
      return { resumed, epoch, received: held, base: cursor.position?.seq ?? 0 }
    },
    receive,
    forget: () => {},
  }
}

/** The token travels as a header, so that a refused dial can be told apart from a refused handshake. */
function tokenOf(credentials: { readonly headers?: Readonly<Record<string, string>> | undefined } | undefined): string {
  return credentials?.headers?.['authorization'] ?? ''
}
