import type { ConnectionEvents } from '@holdfast/core'
import type { EndpointOptions } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { UserError } from '../user-error.ts'
import { type Evidence, evidenceOfAttempt, isMistake, type NextSteps, refusalOf } from './refusals.ts'

/** A gateway that is not there at all at first is a mistake more often than an outage. */
const FIRST_CONNECT_MS = 15_000

/** What connects for the first time. */
export interface FirstConnection {
  readonly client: {
    on(event: 'status', listener: (event: ConnectionEvents['status']) => void): () => void
    connect(options: { readonly signal: AbortSignal }): Promise<unknown>
  }
  readonly endpoint: EndpointOptions
  /** Aborted by Ctrl+C. */
  readonly signal: AbortSignal
  readonly next?: string | undefined
  /** Ends the client. */
  end(): void
  /** The client's own error in words. */
  words(error: unknown): unknown
}

/**
 * Connects, for a while: a failure that waiting cannot cure is reported at once.
 * @throws UserError where the gateway refuses, cannot be reached, or Ctrl+C came first
 */
export async function connectFirst({ client, endpoint, signal, next, end, words }: FirstConnection): Promise<void> {
  const shown = new Shown(endpoint, { next })
  const stop = client.on('status', ({ cause }) => shown.take(cause))
  const timer = setTimeout(() => shown.end(), FIRST_CONNECT_MS)
  const limited = AbortSignal.any([signal, shown.signal])
  try {
    await client.connect({ signal: limited })
  } catch (error) {
    end()
    if (signal.aborted) throw new UserError('', EXIT.interrupted)
    throw limited.aborted ? shown.refusal(error) : words(error)
  } finally {
    clearTimeout(timer)
    stop()
  }
}

/** What the attempts so far have shown. */
class Shown {
  readonly #endpoint: EndpointOptions
  readonly #steps: NextSteps
  // Not AbortSignal.timeout(): what Node holds of it in a combined signal may be collected before its time, and it never ends.
  readonly #end = new AbortController()
  #last: Evidence = { isLate: true }

  constructor(endpoint: EndpointOptions, steps: NextSteps) {
    this.#endpoint = endpoint
    this.#steps = steps
  }

  get signal(): AbortSignal {
    return this.#end.signal
  }

  take(cause: unknown): void {
    const evidence = evidenceOfAttempt(cause)
    if (evidence === undefined) return
    this.#last = evidence
    if (isMistake(evidence, this.#endpoint)) this.end()
  }

  end(): void {
    this.#end.abort()
  }

  refusal(cause: unknown): UserError {
    return refusalOf(this.#last, this.#endpoint, this.#steps, cause)
  }
}
