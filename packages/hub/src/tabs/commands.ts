import type { HubServerMessage } from '@holdfast/protocol/hub'
import type { HubRpcCommandMessage } from '@holdfast/protocol/hub/messages'
import type { HubOutgoing } from '../handshake.ts'
import type { HubRoute } from './shared.ts'

/** Parts the name of a tab from the id that the tab gave. */
const MARK = '.'

/** Tabs have names of this length: UUIDs. */
const NAME_LENGTH = 36

export function isCommand(message: HubOutgoing): message is HubRpcCommandMessage {
  return message.type === 'rpc_command' && typeof message.command === 'object'
}

/** A command for the RPC driver, under an id that no other tab has; one without an id as it is. Hub §3. */
export function commandOf(message: HubRpcCommandMessage, tab: string): HubRpcCommandMessage {
  const id = Object(message.command)['id']
  return typeof id === 'string' ? { ...message, command: { ...message.command, id: tab + MARK + id } } : message
}

/** A response is for the tab whose command it answers, under the id that the tab gave; undefined: it answers none. */
export function routeOfResponse(message: HubServerMessage): HubRoute<HubServerMessage> | undefined {
  const { response } = message.type === 'rpc_response' && 'response' in message ? message : {}
  const { id } = Object(response)
  if (typeof id !== 'string' || id[NAME_LENGTH] !== MARK) return undefined
  const own = { ...Object(response), id: id.slice(NAME_LENGTH + 1) }
  return { message: Object.assign({ ...message }, { response: own }), isFor: (tab) => id.startsWith(tab) }
}
