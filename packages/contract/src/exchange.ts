import { HoldfastError } from './errors.ts'

/** How a dial ended, as far as it matters here. The engine's causes fit. */
export interface ExchangeEnd {
  readonly kind: string
  readonly phase?: string | undefined
  readonly clean?: boolean | undefined
  readonly status?: number | undefined
  readonly unsent?: boolean | undefined
  readonly resumable?: boolean | undefined
  readonly error?: unknown
}

/** What the end of an exchange means: `complete`, or a final error; undefined: the meaning that it has for every transport. */
export type ExchangeRule = (end: ExchangeEnd) => 'complete' | HoldfastError | undefined

/**
 * For a transport whose dial is one request with one answer: a clean end completes it. `repeat` false: the request may have
 * an effect, and is not made again after it may have arrived (`connection/not_repeated`).
 */
export function oneAnswer(repeat: boolean): ExchangeRule {
  return (end) => {
    if (end.kind === 'close' && end.clean === true) return 'complete'
    if (repeat || !mayHaveArrived(end)) return undefined
    const what = 'The request may have arrived, and it is not one that may be repeated'
    return new HoldfastError('connection/not_repeated', what, { cause: end.error })
  }
}

function mayHaveArrived({ kind, phase, status, unsent, resumable }: ExchangeEnd): boolean {
  switch (kind) {
    case 'prepare':
    case 'local':
      return false
    case 'deadline':
      return phase !== 'prepare'
    case 'dial':
      // Of what is tried again, 408, 425, 429 and 503 say that the request was not acted on (RFC 9110 §15.5, §15.6).
      return unsent !== true && (status === undefined || (status >= 500 && status !== 503))
    case 'close':
      return resumable !== true
    default:
      return true
  }
}
