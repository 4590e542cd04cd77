import { OpenError } from '@holdfast/contract'
import type { Cause, Phase } from '../client-protocol.ts'

/** What an attempt that threw in this phase ended of. */
export function causeOf(phase: Phase, error: unknown): Cause {
  if (phase === 'prepare') return { kind: 'prepare', error }
  if (phase === 'handshake') return { kind: 'handshake', error }
  if (!(error instanceof OpenError)) return { kind: 'dial', error }
  const { status, retryAfterMs, unsent } = error.details
  return { kind: 'dial', error, status, retryAfterMs, unsent }
}
