import { parseHubRest } from '@holdfast/protocol/hub/rest'

/** A request that was answered with an error, or not at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** Undefined: the gateway did not answer. */
  readonly status: number | undefined
  /** Of the gateway's own; undefined: something else answered. */
  readonly code: string | undefined

  constructor(message: string, status?: number | undefined, code?: string | undefined) {
    super(message)
    this.status = status
    this.code = code
  }
}

const TIMEOUT_MS = 10_000

/** Asks a gateway, with the token of this page. @throws ApiError */
export async function ask(url: string, token: string, init: RequestInit = {}): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  let response: Response
  try {
    response = await fetch(url, { ...init, headers, cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch {
    throw new ApiError('The gateway does not answer.')
  }
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok) return body
  const { status } = response
  const refusal = parseHubRest.httpError(body)
  if (!refusal.ok) throw new ApiError(`Something answers that is no Holdfast gateway (status ${status}).`, status)
  const { message, code } = refusal.message.error
  throw new ApiError(message, status, code)
}

/** What went wrong, for a person. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
