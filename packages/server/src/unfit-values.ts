import type { Logger } from '@holdfast/contract'
import { fits, type Shape } from '@holdfast/contract/shape'

/**
 * Called for a stored value that does not fit, with its path, what was expected and what was found: of the record of
 * event `n`, or of a snapshot.
 */
export type OnUnfit = (issue: string, n: number | 'snapshot') => void

/** So many are logged each time that a session is loaded. */
const MAX_REPORTED = 10

/** Logs what does not fit, the first of them. */
export function unfitLogger(logger: Logger, session: string): OnUnfit {
  let reported = 0
  return (issue, n) => {
    reported += 1
    if (reported > MAX_REPORTED) return
    const message = 'what is stored of a session does not fit, and that part is passed over; it stays in the log'
    logger.warn(message, {
      session,
      where: n === 'snapshot' ? n : `event ${n}`,
      issue,
      ...(reported === MAX_REPORTED ? { more: 'is not logged' } : {}),
    })
  }
}

/**
 * What of a stored snapshot fits: each part that does not is left out, the smallest that can be, and `unfit` is called for
 * it. Undefined where nothing is left.
 */
export function fittingPart<T>(shape: Shape<T>, snapshot: unknown, unfit?: OnUnfit): T | undefined {
  if (fits(shape, snapshot)) return snapshot
  // It may be what a log in memory was given.
  const whole: { part: unknown } = { part: structuredClone(snapshot) }
  for (;;) {
    const { part } = whole
    if (fits(shape, part)) return part
    const issue = shape(part) ?? ''
    const path = [...issue.slice(0, issue.indexOf(':')).matchAll(/\.(\w+)|\[(\d+)\]/g)].map(
      ([, key, at]) => key ?? at ?? '',
    )
    // What is missing cannot be left out: then the part that has to have it.
    while (path.length > 0 && valueAt(part, path) === undefined) path.pop()
    unfit?.(issue, 'snapshot')
    if (path.length === 0) return undefined
    leaveOut(part, path)
  }
}

function valueAt(whole: unknown, path: readonly string[]): unknown {
  return path.reduce((value: unknown, key) => (isHolder(value) ? Reflect.get(value, key) : undefined), whole)
}

function leaveOut(whole: unknown, path: readonly string[]): void {
  const holder = valueAt(whole, path.slice(0, -1))
  const key = path.at(-1) ?? ''
  if (Array.isArray(holder)) holder.splice(Number(key), 1)
  else if (isHolder(holder)) Reflect.deleteProperty(holder, key)
}

function isHolder(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
