import type { Random, Target } from '@holdfast/contract'
import type { Credentials } from '../client-protocol.ts'
import type { AttemptContext } from '../support/attempt-context.ts'
import { type ConnectionOptions, invalid } from './options.ts'

/** Resolved anew for every attempt. */
export interface Prepared<Out> {
  readonly target: Target
  readonly credentials: Credentials<Out> | undefined
  /** The target without what the credentials add. */
  readonly bare: Target
}

/** Asks for credentials, then for the target, and lays the one over the other. */
export async function prepareAttempt<In, Out, WireIn, WireOut, Ready extends object | undefined>(
  options: ConnectionOptions<In, Out, WireIn, WireOut, Ready>,
  context: AttemptContext,
): Promise<Prepared<Out>> {
  const credentials = await options.credentials?.(context)
  const given = typeof options.target === 'function' ? await options.target(context) : options.target
  const bare = typeof given === 'string' ? { url: given } : given
  return { target: withCredentials(bare, credentials), credentials, bare }
}

function withCredentials(target: Target, credentials: Credentials | undefined): Target {
  const url = credentials?.url ?? target?.url
  if (typeof url !== 'string' || url === '') {
    throw invalid('target', 'a URL', url)
  }
  if (credentials === undefined) return target
  return {
    url,
    headers: { ...target.headers, ...credentials.headers },
    protocols: [...(target.protocols ?? []), ...(credentials.protocols ?? [])],
  }
}

/** Rotation starts this long before expiry, or a tenth of what is left, whichever is longer; spread over a fifth of that. */
const ROTATE_BEFORE_MS = 30_000

/** Renewed at most so often, however short-lived the credentials are or seem. */
const ROTATE_EVERY_MS = 60_000

/**
 * Milliseconds from now until credentials should be renewed; undefined where they seem to have expired already.
 * `agoMs`: since the last renewal.
 */
export function rotationDelay(leftMs: number, agoMs: number, random: Random): number | undefined {
  if (leftMs <= 0) return undefined
  const before = Math.max(ROTATE_BEFORE_MS, leftMs * 0.1)
  const delay = Math.max(leftMs / 2 < 1_000 ? leftMs / 2 : 1_000, leftMs - before - random() * before * 0.2)
  return Math.max(delay, ROTATE_EVERY_MS - agoMs)
}
