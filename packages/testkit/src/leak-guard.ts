import { testkitError } from './errors.ts'
import type { MemoryNetwork } from './memory-transport.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** What a {@link leakGuard} watches. */
export interface LeakGuardOptions {
  readonly clock?: Pick<VirtualClock, 'pendingTimers'> | undefined
  readonly network?: Pick<MemoryNetwork, 'links' | 'listeners'> | undefined
  /** Anything else that must be back at zero: a name, and how many there are. */
  readonly counts?: Readonly<Record<string, () => number>> | undefined
}

/** Says whether anything is left. */
export interface LeakGuard {
  /** What is left, one line each; empty when nothing is. */
  leaks(): readonly string[]
  /** @throws `testkit/leak` with one line for each thing that is left. */
  noLeaks(): void
}

/**
 * For the end of a test: no timer armed, no link dialing or open, no listener, and every given count at zero.
 * Timers name the line that armed them when the clock was made with `trackOrigins`.
 */
export function leakGuard(options: LeakGuardOptions): LeakGuard {
  const leaks = (): readonly string[] => [
    ...timersOf(options.clock),
    ...linksOf(options.network),
    ...Object.entries(options.counts ?? {})
      .map(([name, count]) => ({ name, left: count() }))
      .filter(({ left }) => left !== 0)
      .map(({ name, left }) => `${name}: ${left}`),
  ]
  return {
    leaks,
    noLeaks: () => {
      const left = leaks()
      if (left.length > 0) {
        throw testkitError('testkit/leak', `expected nothing to be left, found ${left.length}:\n- ${left.join('\n- ')}`)
      }
    },
  }
}

function timersOf(clock: LeakGuardOptions['clock']): string[] {
  return (clock?.pendingTimers() ?? []).map(({ inMs, origin }) => {
    const where =
      origin === undefined ? 'make the clock with trackOrigins to see where it was armed' : `armed ${origin}`
    return `a timer due in ${inMs} ms (${where})`
  })
}

function linksOf(network: LeakGuardOptions['network']): string[] {
  if (network === undefined) return []
  const links = network.links.map((link) => {
    const state = link.isDialing ? 'is still dialing' : `has ${link.openEnds} open end${link.openEnds === 1 ? '' : 's'}`
    return `link ${link.id} to ${withoutQuery(link.url)} ${state}`
  })
  return [...links, ...network.listeners.map(({ url }) => `a listener on ${url ?? 'every URL'}`)]
}

/** Queries may carry credentials. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/, '')
}
