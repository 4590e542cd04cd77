import type { HubSessionSummary } from '@holdfast/protocol/hub/rest'
import type { Api } from './api.ts'
import { ApiError } from './request.ts'
import { Store } from './store.ts'

/** A gateway that is away for less is not worth a notice. */
const QUIET_MS = 5_000

/** All sessions of the gateway that this token may see, and what can be done with them. */
export class SessionDirectory extends Store {
  readonly #api: Api
  readonly #refused: (error: ApiError) => void
  /** As they were last received, the one with the latest event first. */
  list: readonly HubSessionSummary[] = []
  /** Words that are looked for; empty: all. */
  query = ''
  showsArchived = false
  showsTasks = false
  /** Why the list is not fresh, or something was not done. */
  problem: string | undefined
  isKnown = false
  /** The last one that was put away: it can be taken back. */
  archived: HubSessionSummary | undefined
  #awaySince: number | undefined

  /** @param refused the token is not taken */
  constructor(api: Api, refused: (error: ApiError) => void) {
    super()
    this.#api = api
    this.#refused = refused
  }

  /** Those that are to be seen. */
  get shown(): readonly HubSessionSummary[] {
    return this.list.filter(
      (one) => (this.showsArchived || !isArchived(one)) && (this.showsTasks || this.query !== '' || !isTask(one)),
    )
  }

  get archivedCount(): number {
    return this.list.filter(isArchived).length
  }

  /** Sessions in which a tracker shows the work on a task: there may be many of them. */
  get taskCount(): number {
    return this.list.filter((one) => isTask(one) && !isArchived(one)).length
  }

  find(sessionId: string): HubSessionSummary | undefined {
    return this.list.find((session) => session.sessionId === sessionId)
  }

  async refresh(): Promise<void> {
    const { query } = this
    try {
      const listed = await this.#api.sessions(query)
      // Words may have been typed meanwhile.
      if (query !== this.query) return
      this.list = [...listed].sort((one, other) => activityOf(other) - activityOf(one))
      this.problem = undefined
      this.#awaySince = undefined
      this.isKnown = true
    } catch (error) {
      this.#awaySince ??= performance.now()
      const isBlink = error instanceof ApiError && error.status === undefined
      if (!isBlink || !this.isKnown || performance.now() - this.#awaySince > QUIET_MS) this.failed(error)
    }
    this.changed()
  }

  search(query: string): void {
    this.query = query
    this.changed()
    void this.refresh()
  }

  showArchived(shows: boolean): void {
    this.showsArchived = shows
    this.changed()
  }

  showTasks(shows: boolean): void {
    this.showsTasks = shows
    this.changed()
  }

  rename(sessionId: string, label: string): Promise<void> {
    return this.#do(() => this.#api.rename(sessionId, label))
  }

  /** Puts a session away; it can be taken out again. */
  async archive(session: HubSessionSummary, isArchived: boolean): Promise<void> {
    await this.#do(() => this.#api.archive(session.sessionId, isArchived))
    this.archived = isArchived ? session : undefined
    this.changed()
  }

  /** For good. */
  remove(sessionId: string): Promise<void> {
    return this.#do(() => this.#api.remove(sessionId))
  }

  failed(error: unknown): void {
    this.problem = error instanceof Error ? error.message : String(error)
    if (error instanceof ApiError && error.status === 401) this.#refused(error)
    this.changed()
  }

  async #do(run: () => Promise<void>): Promise<void> {
    try {
      await run()
      await this.refresh()
    } catch (error) {
      this.failed(error)
    }
  }
}

/** When something last happened in it, in milliseconds since 1970. */
export function activityOf({ lastActivityAt, createdAt }: HubSessionSummary): number {
  const at = Date.parse(lastActivityAt ?? createdAt)
  return Number.isNaN(at) ? 0 : at
}

function isArchived({ bucket }: HubSessionSummary): boolean {
  return bucket === 'history'
}

function isTask({ tags }: HubSessionSummary): boolean {
  return tags?.includes('task') === true
}

/** What a session is called. */
export function nameOf({ label, sessionId }: HubSessionSummary): string {
  return label === '' ? sessionId : label
}
