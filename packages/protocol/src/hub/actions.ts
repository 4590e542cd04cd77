import { hubKnownActionKinds } from './generated/checks.ts'
import type { HubAction, HubKnownAction } from './generated/types.ts'

/** True where the action is one of hub §4's. */
export function isKnownHubAction(candidate: HubAction): candidate is HubKnownAction {
  return hubKnownActionKinds.isKnown(candidate)
}
