import { parseShellList, type ShellList, type ShellListing } from '@holdfast/protocol/shell'
import { ApiError, ask } from '../request.ts'

/** A shell, as it is named in requests. */
export type ShellIds = Pick<ShellListing, 'shellId' | 'sessionId'>

/** The gateway's REST interface for shells. */
export class ShellApi {
  readonly #base: string
  readonly #token: string

  constructor(base: string, token: string) {
    this.#base = base
    this.#token = token
  }

  /** The shells that this token may see. @throws ApiError */
  async list(): Promise<ShellList> {
    const parsed = parseShellList(await ask(`${this.#base}/shells`, this.#token))
    if (!parsed.ok) throw new ApiError(parsed.issue)
    return parsed.message
  }

  /** Ends a shell, with any writer. @throws ApiError */
  async end(shell: ShellIds): Promise<void> {
    await ask(this.#url(shell), this.#token, { method: 'DELETE' })
  }

  /** Gives a shell a name; `undefined` takes it away. @throws ApiError */
  async rename(shell: ShellIds, name: string | undefined): Promise<void> {
    await ask(this.#url(shell), this.#token, { method: 'PATCH', body: JSON.stringify({ name: name ?? null }) })
  }

  #url({ shellId, sessionId }: ShellIds): string {
    const query = sessionId === '' ? '' : `?${new URLSearchParams({ sessionId })}`
    return `${this.#base}/shells/${encodeURIComponent(shellId)}${query}`
  }
}
