import { type Append, LogError, memoryLog, type SessionLog, type TailItem, type TailOptions } from '@holdfast/log'

/** A log that can be away: while it is, nothing can be read or written, and tails under way end with an error. */
export interface FailingLog extends SessionLog {
  isAway: boolean
  /** Ends the tails of one kind of reader: those that this returns true for. */
  breakTails(): void
}

const AWAY = [
  'read',
  'head',
  'lease',
  'snapshot',
  'putSnapshot',
  'trim',
  'createSession',
  'findSession',
  'updateSession',
]

/** A memory log that fails on demand. */
export function failingLog(log: SessionLog = memoryLog()): FailingLog {
  let isAway = false
  const tails = new Set<AbortController>()
  const check = (): void => {
    if (isAway) throw new LogError('log/unavailable', 'expected a log that answers', { retryAfterMs: 100 })
  }
  const breakTails = (): void => {
    for (const tail of tails) tail.abort()
  }
  async function* tail(session: string, options: TailOptions): AsyncGenerator<TailItem> {
    check()
    const end = new AbortController()
    const abort = (): void => end.abort()
    options.signal.addEventListener('abort', abort)
    tails.add(end)
    try {
      yield* log.tail(session, { ...options, signal: end.signal })
    } finally {
      tails.delete(end)
      options.signal.removeEventListener('abort', abort)
    }
    if (end.signal.aborted && !options.signal.aborted) {
      throw new LogError('log/unavailable', 'expected a log that answers', { retryAfterMs: 100 })
    }
  }
  const appendAll = async (session: string, appends: readonly Append[]) =>
    isAway
      ? appends.map(() => ({ outcome: 'unavailable', retryAfterMs: 100 }) as const)
      : log.appendAll(session, appends)
  const append: SessionLog['append'] = async (session, events, options) =>
    isAway ? { outcome: 'unavailable', retryAfterMs: 100 } : log.append(session, events, options)
  return new Proxy(log, {
    get(target, name) {
      if (name === 'tail') return tail
      if (name === 'append') return append
      if (name === 'appendAll') return appendAll
      if (name === 'breakTails') return breakTails
      if (name === 'isAway') return isAway
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        if (AWAY.includes(String(name))) check()
        return Reflect.apply(member, target, args)
      }
    },
    set(_target, name, value) {
      if (name !== 'isAway') return false
      isAway = value === true
      if (isAway) breakTails()
      return true
    },
  }) as FailingLog
}
