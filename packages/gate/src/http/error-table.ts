import { HoldfastError } from '@holdfast/contract'
import { SERVER_ERRORS, serverStatusOf } from '../errors.ts'

/** The error codes of one endpoint. */
export interface ErrorTable {
  /** The HTTP status of each code. */
  readonly rows: Readonly<Record<string, { readonly status: number }>>
  /** What an answer has beside the error, for published clients. @defaultValue nothing */
  readonly published?: ((error: HoldfastError) => object | undefined) | undefined
  /** Headers that an answer has beside the error. @defaultValue none */
  readonly headers?: ((error: HoldfastError) => Readonly<Record<string, string>>) | undefined
  /** What went wrong, as an error of this endpoint. */
  readonly as: (error: unknown) => HoldfastError
}

/** Options of {@link errorTable}. */
export interface ErrorTableOptions {
  /** What the endpoint's codes begin with. */
  readonly area: string
  readonly rows: ErrorTable['rows']
  /** Codes of others, in the endpoint's own. @defaultValue `server/x` is `area/x`, where there is such a row */
  readonly others?: Readonly<Record<string, string>> | undefined
}

/** A refusal, ready to be sent over HTTP. */
export interface Refusal {
  readonly error: HoldfastError
  readonly status: number
  /** Set where the request may be repeated: the delay that the error names, or a second. In milliseconds. */
  readonly retryAfterMs: number | undefined
}

const RETRY_AFTER_MS = 1_000

/** Makes the error table of one endpoint. An error that no code names becomes `area/internal`, with the cause kept. */
export function errorTable({ area, rows, others = {} }: ErrorTableOptions): ErrorTable {
  const ownOf = (code: string): string | undefined => {
    if (code in rows) return code
    const own = others[code] ?? code.replace(/^server\//, `${area}/`)
    return own in rows ? own : undefined
  }
  return {
    rows,
    as(error) {
      const known = error instanceof HoldfastError ? error : undefined
      const own = known === undefined ? undefined : ownOf(known.code)
      if (known !== undefined && own === known.code) return known
      if (known === undefined || own === undefined) {
        return new HoldfastError(`${area}/internal`, 'The server failed.', { cause: error })
      }
      return new HoldfastError(own, known.message, { cause: known, details: known.details })
    },
  }
}

/** The HTTP form of an error. A code that all endpoints share keeps its status under every endpoint's own code. */
export function refusalIn(table: ErrorTable, failure: unknown): Refusal {
  const error = table.as(failure)
  const shared = failure instanceof HoldfastError && failure.code in SERVER_ERRORS ? failure.code : undefined
  const status = shared === undefined ? (table.rows[error.code]?.status ?? 500) : serverStatusOf(shared)
  const { waitMs } = error.details
  const mayAskAgain = status === 429 || status === 503
  const retryAfterMs = mayAskAgain ? (typeof waitMs === 'number' ? waitMs : RETRY_AFTER_MS) : undefined
  return { error, status, retryAfterMs }
}
