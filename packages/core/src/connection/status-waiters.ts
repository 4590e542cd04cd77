import { abortReason, type Clock, HoldfastError, type Timer } from '@holdfast/contract'
import { SENTENCES } from '@holdfast/contract/words'
import { coreError } from '../errors.ts'
import { deferred } from '../support/deferred.ts'
import { finalError, type Status } from './status.ts'

/**
 * What a wait makes of a status: over, over with an error, or not yet. `atRest`: nothing is queued behind this status,
 * so that it is what the connection is, and not what it only passes through.
 */
export type Look = (status: Status, atRest: boolean) => 'resolve' | { readonly reject: unknown } | undefined

/** What bounds a wait. */
export interface WaitBounds {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
  /** Why it is over when the time is. */
  readonly late?: (() => Error) | undefined
}

interface Wait {
  readonly look: Look
  readonly signal: AbortSignal | undefined
  end(result: 'resolve' | { readonly reject: unknown }): void
}

// Shared by connections without waiters: an idle one is small.
const NONE: readonly never[] = []

/** Promises that wait for a status. However many wait, a signal has one listener. */
export class Waits {
  readonly #clock: Clock
  #all: readonly Wait[] = NONE
  #listening: Map<AbortSignal, () => void> | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(look: Look, { signal, timeoutMs, late }: WaitBounds): Promise<void> {
    const { promise, resolve, reject } = deferred<void>()
    let timer: Timer | undefined
    const wait: Wait = {
      look,
      signal,
      end: (result) => {
        timer?.cancel()
        this.#all = this.#all.filter((other) => other !== wait)
        this.#release(signal)
        if (result === 'resolve') resolve()
        else reject(result.reject)
      },
    }
    this.#all = [...this.#all, wait]
    this.#listen(signal)
    if (signal?.aborted === true) wait.end({ reject: abortReason(signal) })
    else if (timeoutMs !== undefined) timer = this.#clock.after(timeoutMs, () => wait.end({ reject: late?.() }))
    return promise
  }

  /** The status is this now: its waiters are notified. False: none waits any more. */
  look(status: Status, atRest: boolean): boolean {
    for (const wait of this.#all) {
      const result = wait.look(status, atRest)
      if (result !== undefined) wait.end(result)
    }
    return this.#all.length > 0
  }

  #listen(signal: AbortSignal | undefined): void {
    if (signal === undefined || this.#listening?.has(signal) === true) return
    const aborted = (): void => {
      for (const wait of this.#all) if (wait.signal === signal) wait.end({ reject: abortReason(signal) })
    }
    signal.addEventListener('abort', aborted)
    this.#listening ??= new Map()
    this.#listening.set(signal, aborted)
  }

  #release(signal: AbortSignal | undefined): void {
    const aborted = signal === undefined ? undefined : this.#listening?.get(signal)
    if (signal === undefined || aborted === undefined) return
    if (this.#all.some((other) => other.signal === signal)) return
    signal.removeEventListener('abort', aborted)
    this.#listening?.delete(signal)
  }
}

/** What a `connect()` makes of a status. `isClosed`: the app has asked for a close since. */
export function openedOrOver(status: Status, atRest: boolean, isClosed: boolean): ReturnType<Look> {
  if (status.state === 'closed') {
    const error = finalError(status)
    if (error === undefined && !isClosed) return undefined
    return { reject: error ?? coreError('connection/closed', SENTENCES && 'The connection was closed.') }
  }
  if (!atRest) return undefined
  if (status.state === 'open') return 'resolve'
  const reject = parkedBy(status)
  return reject && { reject }
}

/** Why it waits for the app; undefined: it does not. A page that is put away continues by itself. */
export function parkedBy(status: Status): HoldfastError | undefined {
  if (status.state === 'authRequired') return refusedBy(status.error)
  return status.state === 'suspended' && status.reason !== 'hidden' ? suspendedBy(status.reason) : undefined
}

function refusedBy(error: unknown): HoldfastError {
  const code = 'connection/credentials_refused'
  return error instanceof HoldfastError && error.code === code
    ? error
    : coreError(code, SENTENCES && 'The server refused the credentials.', { cause: error })
}

function suspendedBy(reason: 'budget' | 'user'): HoldfastError {
  return reason === 'user'
    ? coreError('connection/suspended', SENTENCES && 'The connection was suspended.')
    : coreError('connection/exhausted', SENTENCES && 'Stopped retrying, as the limits of this client say.')
}
