import { type ChannelEnd, OpenError } from '@holdfast/contract'
import type { Cause, Phase } from '../client-protocol.ts'

/** What an attempt that threw in this phase ended of. */
export function causeOf(phase: Phase, error: unknown): Cause {
  if (phase === 'prepare') return { kind: 'prepare', error }
  if (phase === 'handshake') return { kind: 'handshake', error }
  if (!(error instanceof OpenError)) return { kind: 'dial', error }
  const { status, retryAfterMs, unsent } = error.details
  return { kind: 'dial', error, status, retryAfterMs, unsent }
}

/** The error in it, where there is one. */
export function errorOf(cause: Cause | undefined): unknown {
  return cause !== undefined && 'error' in cause ? cause.error : undefined
}

/** What a channel that ended so ended of. */
export function causeOfEnd({ code, reason, clean, cause, retryMs, resumable }: ChannelEnd, wasOpen: boolean): Cause {
  const phase = wasOpen ? 'open' : 'handshake'
  return { kind: 'close', phase, code, reason, clean, error: cause, retryMs, resumable }
}

/** The phase took too long. `usually`: what is the matter then, with this transport; `waited`: what a handshake waited for. */
export function causeOfLateness(
  phase: Phase,
  usually: string | undefined,
  waited: Pick<Extract<Cause, { kind: 'deadline' }>, 'awaited' | 'passed'> | undefined,
): Cause {
  return { kind: 'deadline', phase, usually: phase === 'dial' ? usually : undefined, ...waited }
}
