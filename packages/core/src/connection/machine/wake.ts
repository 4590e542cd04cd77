import type { WakeSignal } from '@holdfast/contract'
import { LOCAL_SPREAD_MS } from '../../retry/backoff.ts'
import {
  type At,
  CLOSED,
  type Draft,
  dial,
  isActive,
  isClosing,
  OFFLINE_PROBE_MS,
  resetRetry,
  stop,
  wait,
} from './moves.ts'

/**
 * The runtime reports something of the network or of the page. What suggests that the network is usable again does not
 * overrule a server's hint or the dial budget.
 */
export function wake(next: Draft, at: At, signal: WakeSignal): void {
  const { status } = next
  const { state } = status
  if (signal === 'offline' && at.loopback) return
  const isOffline = signal === 'offline'
  // What answered before the network went and came back says nothing of what answers now.
  if (signal === 'online' && next.offline) next.grace = undefined
  if (isOffline || signal === 'online') next.offline = isOffline
  if (signal === 'hidden') {
    next.hidden = true
    return
  }
  if (signal === 'freeze') {
    if (isClosing(status)) return stop(next, at, CLOSED, 'close')
    if (isActive(status) || state === 'waiting') stop(next, at, { state: 'suspended', reason: 'hidden' }, 'freeze')
    return
  }
  if (signal === 'visible' || signal === 'restore') next.hidden = false
  if (state === 'waiting') {
    if (isOffline && status.reason === 'backoff') return wait(next, at, 'offline', OFFLINE_PROBE_MS)
    if (!isOffline && (status.reason === 'backoff' || status.reason === 'offline'))
      return wait(next, at, 'backoff', at.random() * LOCAL_SPREAD_MS)
  }
  if (!isOffline && state === 'suspended' && status.reason !== 'user') {
    if (status.reason === 'budget') resetRetry(next)
    return dial(next, at, 'retry')
  }
  at.effects.push({ do: 'probe', network: signal === 'online' })
}
