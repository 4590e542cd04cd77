import { Connection } from '@holdfast/core'
import { nodeWebSocket } from '@holdfast/transport-node'
import { ReconnectingWebSocket } from '@holdfast/websocket'
import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr'
import { Centrifuge } from 'centrifuge'
import PartySocket from 'partysocket/ws'
import { WebSocket } from 'ws'
import { CENTRIFUGE, PLAIN, SIGNALR, type Wire } from './way-back-servers.ts'

/** A client at its defaults. */
export interface Client {
  /** Says a number; one that is refused on this side is reported to `refused`. */
  send(n: number): void
  close(): unknown
}

/** What a client reports. */
export interface Heard {
  message(n: number): void
  refused(): void
}

/** One of those that are compared. */
export interface Peer {
  readonly name: string
  readonly wire: Wire
  /** `address` is `host:port`. */
  dial(address: string, heard: Heard): Client
}

/** As much of a socket as is used here. */
interface TextSocket {
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  send(text: string): void
  close(): void
}

/** Distinguishes what was not taken from what may have arrived. */
function isRefusal(error: unknown): boolean {
  return Object(error).code !== 'delivery/in_doubt'
}

export const OURS: Peer = {
  name: 'ours, `Connection`',
  wire: PLAIN,
  dial: (address, heard) => {
    const connection = new Connection({
      transport: nodeWebSocket({ proxy: false }),
      target: `ws://${address}/`,
      onMessage: (message) => heard.message(Number(message)),
    })
    connection.connect().catch(() => {})
    return {
      send: (n) =>
        void connection.send(n).then(undefined, (error: unknown) => void (isRefusal(error) && heard.refused())),
      close: () => connection.close({ flushMs: 0 }),
    }
  },
}

const DROP_IN: Peer = {
  name: 'ours, `ReconnectingWebSocket`',
  wire: PLAIN,
  dial: (address, heard) => {
    const socket = new ReconnectingWebSocket(`ws://${address}/`)
    socket.onmessage = ({ data }) => heard.message(Number(data))
    return { send: (n) => socket.send(String(n)), close: () => socket.close() }
  },
}

const PARTY: Peer = {
  name: 'partysocket',
  wire: PLAIN,
  dial: (address, heard) => {
    const socket: TextSocket = Reflect.construct(Object(PartySocket), [`ws://${address}/`, [], { WebSocket }])
    socket.addEventListener('message', ({ data }) => heard.message(Number(data)))
    return { send: (n) => socket.send(String(n)), close: () => socket.close() }
  },
}

const OF_CENTRIFUGO: Peer = {
  name: 'centrifuge',
  wire: CENTRIFUGE,
  dial: (address, heard) => {
    const client = new Centrifuge(`ws://${address}/`, { websocket: WebSocket })
    client.on('message', ({ data }) => heard.message(Number(data)))
    client.on('error', () => {})
    client.connect()
    return { send: (n) => void client.send(n).catch(() => heard.refused()), close: () => client.disconnect() }
  },
}

const OF_SIGNALR: Peer = {
  name: 'SignalR, automatic reconnect',
  wire: SIGNALR,
  dial: (address, heard) => {
    const options = { skipNegotiation: true, transport: HttpTransportType.WebSockets, WebSocket }
    const connection = new HubConnectionBuilder()
      .withUrl(`http://${address}/`, options as object)
      .withAutomaticReconnect()
      .configureLogging(LogLevel.None)
      .build()
    connection.on('down', (n) => heard.message(Number(n)))
    connection.start().catch(() => {})
    return { send: (n) => void connection.send('up', n).catch(() => heard.refused()), close: () => connection.stop() }
  },
}

export const PEERS: readonly Peer[] = [OURS, DROP_IN, PARTY, OF_CENTRIFUGO, OF_SIGNALR]
