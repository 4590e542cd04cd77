import { type HubSessionSummary, hubRestUrl, parseHubRest } from '@holdfast/protocol/hub'
import { parseShellList, type ShellList, type ShellListing } from '@holdfast/protocol/shell'

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

/** The gateway's REST interface (hub §7). */
export class Api {
  readonly #base: string
  readonly #token: string

  constructor(base: string, token: string) {
    this.#base = base
    this.#token = token
  }

  /** @throws ApiError */
  async sessions(): Promise<readonly HubSessionSummary[]> {
    const parsed = parseHubRest.sessionList(await this.#fetch(hubRestUrl(this.#base, { route: 'list' })))
    if (!parsed.ok) throw new ApiError(parsed.issue)
    return parsed.message.sessions.websocket
  }

  /** Makes a session. @returns its id @throws ApiError */
  async create(label: string): Promise<string> {
    const url = hubRestUrl(this.#base, { route: 'create' })
    const body = JSON.stringify({ label })
    const parsed = parseHubRest.sessionCreated(await this.#fetch(url, { method: 'POST', body }))
    if (!parsed.ok) throw new ApiError(parsed.issue)
    return parsed.message.sessionId
  }

  /** The shells that this token may see. @throws ApiError */
  async shells(): Promise<ShellList> {
    const parsed = parseShellList(await this.#fetch(`${this.#base}/shells`))
    if (!parsed.ok) throw new ApiError(parsed.issue)
    return parsed.message
  }

  /** Ends a shell, whoever writes to it. @throws ApiError */
  async endShell(shell: Pick<ShellListing, 'shellId' | 'sessionId'>): Promise<void> {
    await this.#fetch(this.#shellUrl(shell), { method: 'DELETE' })
  }

  /** Gives a shell a name; `undefined` takes it away. @throws ApiError */
  async nameShell(shell: Pick<ShellListing, 'shellId' | 'sessionId'>, name: string | undefined): Promise<void> {
    await this.#fetch(this.#shellUrl(shell), { method: 'PATCH', body: JSON.stringify({ name: name ?? null }) })
  }

  #shellUrl({ shellId, sessionId }: Pick<ShellListing, 'shellId' | 'sessionId'>): string {
    const query = sessionId === '' ? '' : `?${new URLSearchParams({ sessionId })}`
    return `${this.#base}/shells/${encodeURIComponent(shellId)}${query}`
  }

  async #fetch(url: string, init: RequestInit = {}): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' }
    let response: Response
    try {
      response = await fetch(url, { ...init, headers, cache: 'no-store', signal: AbortSignal.timeout(10_000) })
    } catch {
      throw new ApiError('The gateway does not answer.')
    }
    const body: unknown = await response.json().catch(() => undefined)
    if (response.ok) return body
    const refusal = parseHubRest.httpError(body)
    throw new ApiError(refusal.ok ? refusal.message.error.message : `HTTP ${response.status}`, response.status)
  }
}
