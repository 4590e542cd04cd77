import type { Cause, Status } from '@holdfast/core'
import { OpenError } from '@holdfast/core/contract'
import type { ShellEnding } from '@holdfast/shell'

/** What a person reads about a lost shell: what happened, and what to do. */
const LOST: Readonly<Record<string, readonly [what: string, next: string]>> = {
  'shell/forbidden': ['You may not do this here.', 'Ask the gateway’s operator for a token with the scope shell.'],
  'shell/unauthorized': ['Your token is no longer taken here.', 'Sign in again.'],
  'shell/not_found': ['There is no such shell.', 'It has ended, it is somebody else’s, or the link is not whole.'],
  'shell/conflict': ['Another client writes to it.', 'Watch it, or take it over.'],
  'shell/expired': ['The shell was left alone for too long, and has ended.', 'Open a new one.'],
  'shell/too_slow': ['This page read too slowly and was sent away.', 'Attach to the shell again: it goes on.'],
  'shell/unreachable': ['The gateway could not be reached for too long.', 'Attach to the shell again when it is back.'],
  'shell/protocol_error': ['This page and the gateway do not understand each other.', 'Reload the page.'],
  'shell/closed': ['The shell is closed; how its program ended is not known.', 'Open a new one.'],
}

/** The gateway has no room for another shell. */
export const FULL = 'shell/too_many'

/** How a shell was lost, and what to do; undefined where it ended in another way, or nothing better can be said. */
export function endingWords(ending: ShellEnding | undefined): string | undefined {
  if (ending?.kind !== 'lost') return undefined
  const { reason, error } = ending
  const [what, next] = LOST[reason] ?? []
  if (what === undefined) return undefined
  const { cause } = error
  const word = reason === 'shell/forbidden' && cause instanceof OpenError ? cause.details.word?.message : undefined
  return `${word ?? what} ${next}`
}

/** What a person reads who waits for room on a full gateway; undefined where the wait has another cause. */
export function fullWords(cause: Cause | undefined, status: Status, now: number): string | undefined {
  const error = cause?.kind === 'dial' ? cause.error : undefined
  const word = error instanceof OpenError ? error.details.word : undefined
  if (word?.code !== FULL) return undefined
  const again = status.state === 'waiting' ? `It is tried again in ${Math.ceil((status.until - now) / 1_000)} s.` : ''
  return `${word.message} End one that is not needed, then there is room. ${again}`.trimEnd()
}
