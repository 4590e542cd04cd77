import type { HubAction, HubRequest } from '@holdfast/protocol/hub'
import type { HubRpcUiRequestMessage } from '@holdfast/protocol/hub/messages'

/** Longest text of a failure that is sent to the other side. */
const MAX_REASON = 500

/** Answers a controller's request. */
export type HubRequestHandler = (request: HubRequest) => readonly HubAction[] | Promise<readonly HubAction[]>
/** The second argument of a handler of the driver's questions. */
export interface HubUiRequestContext {
  /** Aborted when the question is over: another client answered it, the driver withdrew it, or the session ended. */
  readonly signal: AbortSignal
}
/** Answers the driver's question to a person. What it returns after its `signal` has aborted is not sent. */
export type HubUiRequestHandler = (request: HubRpcUiRequestMessage, context: HubUiRequestContext) => unknown

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
