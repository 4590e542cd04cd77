import type { Cause, Status } from '@holdfast/core'
import { describeCause } from '@holdfast/core/words'
import { socketError } from './errors.ts'

/** Nothing more happens by itself. A page that is frozen comes back. */
export function hasEnded(status: Status): boolean {
  return (
    status.state === 'closed' ||
    status.state === 'authRequired' ||
    (status.state === 'suspended' && status.reason !== 'hidden')
  )
}

/** Why a link, or the whole of it, is over. */
export function errorOf(cause: Cause, status: Status): Error {
  if (status.state === 'closed' && 'error' in status.outcome) return status.outcome.error
  if ('error' in cause && cause.error instanceof Error) return cause.error
  return socketError('websocket/link_lost', `${describeCause(cause)}.`)
}
