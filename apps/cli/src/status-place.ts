import type { Status } from '@holdfast/core'
import { isConnected } from '@holdfast/core/client'

/** A status of a client as a person sees it. */
export function placeOf(status: Status): 'open' | 'away' | 'over' {
  if (status.state === 'closed') return 'over'
  return isConnected(status) ? 'open' : 'away'
}
