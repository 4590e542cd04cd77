import { parseHubRest } from '@holdfast/protocol/hub/rest'

/** A request that was answered with an error, or not at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** Undefined: the gateway did not answer. */
  readonly status: number | undefined

  constructor(message: string, status?: number | undefined) {
    super(message)
    this.status = status
  }
}

const PATIENCE_MS = 10_000

/** Asks a gateway, with the token of this page. @throws ApiError */
export async function ask(url: string, token: string, init: RequestInit = {}): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  let response: Response
  try {
    response = await fetch(url, { ...init, headers, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) })
  } catch {
    throw new ApiError('The gateway does not answer.')
  }
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok) return body
  const refusal = parseHubRest.httpError(body)
  throw new ApiError(refusal.ok ? refusal.message.error.message : `HTTP ${response.status}`, response.status)
}
