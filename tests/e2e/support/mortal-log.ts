import type { SessionLog, TailItem, TailOptions } from '@holdfast/log'

/** A process's view of a log that others go on with: after `kill` it hears nothing more and nothing it does has an effect. */
export interface MortalLog {
  readonly log: SessionLog
  kill(): void
}

/** What a dead process waits for. */
const NEVER = new Promise<never>(() => {})

/** A view of a log that dies as a process does: what is under way is written or not, and nothing is said about it. */
export function mortalLog(shared: SessionLog): MortalLog {
  const end = new AbortController()
  const { signal } = end
  const alive = async <T>(work: () => Promise<T>): Promise<T> => {
    if (signal.aborted) return NEVER
    const result = await work()
    return signal.aborted ? NEVER : result
  }
  async function* tail(session: string, options: TailOptions): AsyncGenerator<TailItem> {
    const ends = AbortSignal.any([signal, options.signal])
    for await (const item of shared.tail(session, { ...options, signal: ends })) {
      if (signal.aborted) return
      yield item
    }
  }
  const lease: SessionLog['lease'] = (...asked) =>
    alive(async () => {
      const given = await shared.lease(...asked)
      if (given.outcome === 'held') return given
      return { ...given, renew: () => alive(() => given.renew()), release: () => alive(() => given.release()) }
    })
  const log = new Proxy(shared, {
    get(target, name) {
      if (name === 'tail') return tail
      if (name === 'lease') return lease
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function' || name === 'health') return member
      return (...args: unknown[]) => alive(async () => Reflect.apply(member, target, args))
    },
  })
  return { log, kill: () => end.abort() }
}
