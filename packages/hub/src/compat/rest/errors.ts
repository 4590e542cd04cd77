import { redactUrl } from '@holdfast/core/contract'
import { HubApiError, type HubApiErrorCode, type HubApiErrorDetails } from '../../api/errors.ts'

/** The published names of what a REST call throws. */
type PublishedName = 'APIErrorResponse' | 'ValidationOutputError'

/** A call of {@link CoderClient} that failed, under the published name and with its `url` and `status`; ours is the `cause`. */
export class CoderApiError extends Error {
  override readonly name: PublishedName
  readonly _tag: PublishedName
  /** HTTP status; 0 where none came. */
  readonly status: number
  /** The requested URL without parameters that usually carry a credential; for an unreadable answer the path alone. */
  readonly url: string
  readonly code: HubApiErrorCode
  readonly details: HubApiErrorDetails

  private constructor(error: HubApiError, asked: { readonly url: string; readonly path: string }) {
    super(error.details.serverMessage ?? error.message, { cause: error })
    this.name = this._tag = error.code === 'api/invalid_response' ? 'ValidationOutputError' : 'APIErrorResponse'
    this.status = error.details.status ?? 0
    this.url = this.name === 'ValidationOutputError' ? asked.path : redactUrl(asked.url)
    this.code = error.code
    this.details = error.details
  }

  static of(error: unknown, asked: { readonly url: string; readonly path: string }): unknown {
    return error instanceof HubApiError ? new CoderApiError(error, asked) : error
  }
}

/** What the published errors of a session take. */
export interface CoderSessionErrorArguments {
  readonly message?: string | undefined
  readonly coderSessionId?: string | undefined
  readonly requestSessionId?: string | null | undefined
  readonly code?: string | undefined
}

class CoderSessionError extends Error {
  override readonly name: string
  readonly _tag: string
  declare readonly coderSessionId?: string
  declare readonly requestSessionId?: string | null
  declare readonly code?: string

  constructor(tag: string, { message, ...facts }: CoderSessionErrorArguments) {
    super(message)
    this.name = this._tag = tag
    Object.assign(this, facts)
  }
}

export class CoderResponseError extends CoderSessionError {
  constructor(args: CoderSessionErrorArguments) {
    super('CoderResponseError', args)
  }
}

export class CoderSessionNotFoundError extends CoderSessionError {
  constructor(args: CoderSessionErrorArguments) {
    super('CoderSessionNotFoundError', args)
  }
}

export class CoderSessionArchivedError extends CoderSessionError {
  constructor(args: CoderSessionErrorArguments) {
    super('CoderSessionArchivedError', args)
  }
}

export class CoderSessionConflictError extends CoderSessionError {
  constructor(args: CoderSessionErrorArguments) {
    super('CoderSessionConflictError', args)
  }
}

/** Throws the error that an answer's code names. */
export function throwCoderError(
  { message, code }: { readonly message?: string | undefined; readonly code?: string | undefined },
  context: { readonly sessionId?: string | undefined; readonly requestSessionId?: string | null | undefined },
): never {
  const { sessionId: coderSessionId, requestSessionId } = context
  switch (code) {
    case 'CODER_SESSION_NOT_FOUND':
      throw new CoderSessionNotFoundError({ message, coderSessionId: coderSessionId ?? '' })
    case 'CODER_SESSION_ARCHIVED':
      throw new CoderSessionArchivedError({ message, coderSessionId })
    case 'CODER_SESSION_CONFLICT':
      throw new CoderSessionConflictError({ message, coderSessionId })
    default:
      throw new CoderResponseError({ message, coderSessionId, requestSessionId, code })
  }
}
