import type { HubAction, HubRequest, HubServerMessage } from '@holdfast/protocol/hub'
import type { HubRpcUiRequestMessage } from '@holdfast/protocol/hub/messages'

/** Longest text of a failure that is told to the other side. */
const MAX_REASON = 500

/** A controller's request, as the hub routes it to the lead (hub §10). */
export function isHubRequest(message: HubServerMessage): message is HubServerMessage & HubRequest {
  const { type } = message
  return (type === 'event' || type === 'tool' || type === 'command') && typeof message['id'] === 'string'
}

export function isUiRequest(message: HubServerMessage): message is HubRpcUiRequestMessage {
  return message.type === 'rpc_ui_request'
}

/** The lead's actions; what its handler throws becomes a `BLOCK` that says so, and is reported. */
export async function answerOf(handle: () => unknown, threw: (error: unknown) => void): Promise<readonly HubAction[]> {
  try {
    const actions = await handle()
    if (Array.isArray(actions)) return actions
    throw new TypeError('the handler returned no list of actions')
  } catch (error) {
    threw(error)
    return [{ action: 'BLOCK', reason: failureText(error) }]
  }
}

/** What the person answered; a throw becomes `{ error }`, and is reported. */
export async function resultOf(handle: () => unknown, threw: (error: unknown) => void): Promise<unknown> {
  try {
    return await handle()
  } catch (error) {
    threw(error)
    return { error: failureText(error) }
  }
}

function failureText(error: unknown): string {
  const text = error instanceof Error ? error.message : 'an unknown error'
  return `The handler failed: ${text}`.slice(0, MAX_REASON)
}
