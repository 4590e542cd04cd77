import type { Clock, Logger } from '@holdfast/contract'
import { fits } from '@holdfast/contract/shape'
import { shellSummary } from '../generated/checks.ts'
import type { ShellSummary } from '../generated/types.ts'

/** What does not fit is logged so often at most: a list is asked for often. */
const REPORT_EVERY_MS = 60_000

/** Logs that a shell of a list does not fit, once a minute. */
export function unfitShells({
  clock,
  logger,
}: {
  readonly clock: Clock
  readonly logger: Logger
}): (issue: string) => void {
  let reportedAt: number | undefined
  return (issue) => {
    const now = clock.now()
    if (reportedAt !== undefined && now - reportedAt < REPORT_EVERY_MS) return
    reportedAt = now
    logger.warn('the process for shells describes a shell wrongly: that shell is not listed', { issue })
  }
}

/** The shells of a list of another process. `unfit` is called for each one that does not fit: it is left out. */
export function fittingShells(listed: unknown, unfit: (issue: string) => void): readonly ShellSummary[] {
  if (!Array.isArray(listed)) {
    unfit(`shells: expected array, got ${listed === null ? 'null' : typeof listed}`)
    return []
  }
  return listed.flatMap((one: unknown, at) => {
    if (fits(shellSummary, one)) return one
    unfit(`shells[${at}]${shellSummary(one) ?? ''}`)
    return []
  })
}
