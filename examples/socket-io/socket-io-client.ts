import * as holdfast from '@holdfast/core'
import { type ClientOptions, engineOptions, pingOptions } from '@holdfast/core/client'
import { retryPolicyBy } from '@holdfast/core/protocol'
import type { In, Out } from './socket-io-packets.ts'
import * as wire from './socket-io-packets.ts'

interface SocketIoOptions extends ClientOptions {
  readonly url: string
  /** What the server's middleware looks at. Asked for at every attempt. */
  readonly auth?: () => object | Promise<object>
}

/** Socket.IO with connection state recovery: what was missed comes, or a gap stands in its place. */
export function connectSocketIo(options: SocketIoOptions) {
  let silenceMs = 45_000
  let session: { readonly pid?: string } | undefined
  let offset: string | undefined
  const protocol: holdfast.ClientProtocol<In, Out> = {
    name: 'socket.io',
    codec: wire.socketIoPackets,
    // The server alone pings; where the transport has pings too, they prove that what was sent has arrived.
    liveness: (host) =>
      holdfast.transportPing(pingOptions(options))(host) ?? holdfast.inboundSilence({ timeoutMs: silenceMs })(host),
    pong: ({ kind }) => (kind === 'ping' ? { kind: 'pong' } : undefined),
    async handshake(link) {
      const { terms } = await link.next(wire.isOpen, 'the first packet')
      silenceMs = terms.pingInterval + terms.pingTimeout
      link.send({ kind: 'connect', data: { ...(await options.auth?.()), pid: session?.pid, offset } })
      // It comes behind the events that were missed, which are left for the app.
      const answer = await link.next(wire.isAnswer, 'the answer to CONNECT')
      if (answer.kind === 'connect_error') throw wire.refused(answer)
      const before = session
      session = answer.data
      const resumed = before?.pid !== undefined && before.pid === session.pid
      return { resumed, gap: before === undefined || resumed ? undefined : { reason: 'not recovered' } }
    },
    receive(message, context) {
      offset = wire.offsetOf(message) ?? offset
      if (message.kind === 'disconnect') context.fail(new wire.Disconnected())
      return message.kind !== 'event' && message.kind !== 'ack'
    },
    retryPolicy: retryPolicyBy({ meaning: wire.decisionOf }),
  }
  const target = `${options.url}/socket.io/?EIO=4&transport=websocket`
  const connection = new holdfast.Connection({ ...engineOptions(options), target, protocol })
  const requests = new holdfast.Requests<In, Out>(connection, {
    answers: (message) => (message.kind === 'ack' ? String(message.id) : undefined),
  })
  let acks = 0
  /** Sends an event and resolves with what the server's listener acknowledges it with. */
  const ask = async (data: readonly unknown[], how?: holdfast.AskOptions) => {
    const answer = await requests.ask((id) => ({ kind: 'event', data, id: Number(id) }), { ...how, id: String(acks++) })
    return answer.kind === 'ack' ? answer.data : []
  }
  const emit = (...data: readonly unknown[]) => connection.send({ kind: 'event', data })
  const acknowledge = (id: number, ...data: readonly unknown[]) => connection.send({ kind: 'ack', id, data })
  return { connection, ask, emit, acknowledge, events: () => holdfast.items(connection) }
}
