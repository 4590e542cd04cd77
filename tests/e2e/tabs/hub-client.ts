import { HubClient, type HubOutgoing } from '@holdfast/hub'
import { formatHubPosition, type HubServerMessage, readHubStamp } from '@holdfast/protocol/hub'
import type { Shared, SharedPosition } from '@holdfast/tabs'
import { browserWebSocket } from '@holdfast/transport-browser'

/** A session of a hub that the tabs share: the hub resumes, and recognises messages by their ids. */
export function hubConnection(
  address: URLSearchParams,
  after: SharedPosition | undefined,
): Shared<HubServerMessage, HubOutgoing> {
  const hub = new HubClient({
    ...{ transport: browserWebSocket({ classify: false }), role: 'controller' },
    url: address.get('hub') ?? '',
    sessionId: address.get('session') ?? '',
    token: address.get('token') ?? '',
    after: after === undefined ? undefined : formatHubPosition(after),
  })
  const { connection } = hub
  return {
    connection,
    positionOf: (message) => {
      const { seq } = readHubStamp(message) ?? {}
      const epoch = connection.ready?.offer?.epoch
      return seq === undefined || epoch === undefined ? undefined : { epoch, seq }
    },
    about: () => hub.initMessage,
  }
}
