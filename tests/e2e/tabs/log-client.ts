import { type ClientProtocol, Connection, type HandshakeResult, jsonText } from '@holdfast/core'
import type { Shared, SharedPosition } from '@holdfast/tabs'
import { browserWebSocket } from '@holdfast/transport-browser'

/** A message of the log. */
export interface Entry {
  readonly seq: number
  readonly text: string
}

export interface Note {
  readonly text: string
}

/** Where the log is, and whether it knows what it is sent by ids. */
export interface LogAddress {
  readonly url: string
  readonly name: string
}

type FromServer = Entry | { readonly welcome: number; readonly resumed: boolean } | { readonly acked: string }
type Hello = { readonly hello: true; readonly after: number | undefined }

/** The connection that the tabs share: it continues after a position, and messages have ids. */
export function logConnection(url: string, after: SharedPosition | undefined): Shared<Entry, Note> {
  let seq = after?.seq
  const connection = new Connection({
    transport: browserWebSocket({ classify: false }),
    target: url,
    protocol: protocolOf(
      () => seq,
      (to) => {
        seq = to
      },
    ),
    retry: { limits: [], flapLimits: [] },
  })
  return {
    // Its messages are entries: the rest is the protocol's own.
    connection: connection as unknown as Shared<Entry, Note>['connection'],
    positionOf: (entry) => ({ epoch: 'log', seq: entry.seq }),
    start: () => (seq === undefined ? undefined : { epoch: 'log', seq }),
  }
}

function protocolOf(
  position: () => number | undefined,
  goesTo: (seq: number) => void,
): ClientProtocol<FromServer, Note | Hello> {
  return {
    name: 'log',
    codec: jsonText<FromServer, Note | Hello>(),
    delivery: { byDefault: 'ordered', stamp: (message, { id }) => ({ ...message, id }) },
    async handshake(link): Promise<HandshakeResult> {
      link.send({ hello: true, after: position() })
      const welcome = await link.next((message) => 'welcome' in message)
      if (!('welcome' in welcome)) return { resumed: false }
      if (!welcome.resumed) goesTo(welcome.welcome)
      return { resumed: welcome.resumed }
    },
    receive(message, context) {
      if ('acked' in message) context.acked({ ids: [message.acked] })
      if (!('text' in message)) return true
      goesTo(message.seq)
      return false
    },
  }
}
