import { Connection } from '@holdfast/core'
import type { HubOutgoing } from '@holdfast/hub'
import type { HubServerMessage } from '@holdfast/protocol/hub'
import { sharedByTabs } from '@holdfast/tabs'
import { hubConnection } from './hub-client.ts'

/** What a test may ask of a tab that shares a session of a hub. */
export interface HubTab {
  /** Texts of the events that came. */
  readonly events: string[]
  readonly gaps: string[]
  readonly hosted: number
  state(): string
  /** The session, as the hub named it when the connection was made. */
  session(): string
  /** A command, which the lead runs. */
  send(args: string): void
}

declare global {
  var hubTab: HubTab
}

// Read behind #: hub, session, token, name.
const address = new URLSearchParams(location.hash.slice(1))
let hosted = 0
const shared = sharedByTabs<HubServerMessage, HubOutgoing>({
  name: address.get('name') ?? '',
  connect: ({ after }) => {
    hosted += 1
    return hubConnection(address, after)
  },
})
const connection = new Connection({
  ...shared,
  onMessage: (message) => {
    if (message.type === 'broadcast') tab.events.push(String(Object(message['data']).text))
  },
})
const tab = {
  events: [] as string[],
  gaps: [] as string[],
  get hosted() {
    return hosted
  },
  state: () => connection.state,
  session: () => String(Object(connection.ready?.about).sessionId),
  send: (args: string) => void connection.send({ type: 'command', id: `m-${crypto.randomUUID()}`, name: 'run', args }),
}
connection.on('gap', ({ reason }) => void tab.gaps.push(reason))
globalThis.hubTab = tab
void connection.connect()
