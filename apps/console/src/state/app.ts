import type { HubSessionSummary } from '@holdfast/protocol/hub'
import { Api, ApiError } from './api.ts'
import { Demo } from './demo.ts'
import { keepToken, readLink, showSession } from './link.ts'
import { type Role, Session } from './session.ts'
import { Shells } from './shells.ts'
import { Store } from './store.ts'

/** The parts of the console; on a wide screen several are seen at once. */
export const VIEWS = ['sessions', 'conversation', 'shells', 'doctor'] as const

export type View = (typeof VIEWS)[number]

const REFRESH_MS = 4_000
/** A gateway that is away for less is nothing to tell anybody. */
const QUIET_MS = 5_000

/** Everything that the console knows. */
export class App extends Store {
  /** Undefined: nobody is signed in. */
  token: string | undefined
  sessions: readonly HubSessionSummary[] = []
  session: Session | undefined
  shells: Shells | undefined
  demo: Demo | undefined
  view: View = 'conversation'
  /** Why the list of sessions is not fresh, or nobody is signed in. */
  problem: string | undefined
  isHelpOpen = false
  #api: Api | undefined
  #awaySince: number | undefined
  #timer: ReturnType<typeof setInterval> | undefined

  /** Reads the link that the page was opened with, and goes where it leads. */
  async start(): Promise<void> {
    const { token, sessionId, demo } = readLink()
    if (demo !== undefined) {
      const found = new Demo(demo)
      await found.find()
      if (found.isThere) this.demo = found
    }
    if (token !== undefined) await this.#enter(token, sessionId)
    else this.changed()
  }

  /** Signs in with a token that was typed. */
  async signIn(token: string): Promise<void> {
    keepToken(token)
    await this.#enter(token, this.session?.parts.sessionId)
  }

  show(view: View): void {
    this.view = view
    if (view === 'shells') void this.shells?.refresh()
    this.changed()
  }

  showHelp(isOpen: boolean): void {
    this.isHelpOpen = isOpen
    this.changed()
  }

  /** Joins a session, in place of the one that was joined. */
  join(sessionId: string, role: Role = 'controller'): void {
    void this.session?.stop()
    showSession(sessionId)
    this.session = new Session({ ...this.#parts(), sessionId, role })
    this.session.subscribe(() => this.changed())
    this.session.start()
    this.show('conversation')
  }

  /** Makes a session and joins it. */
  async create(label: string): Promise<void> {
    try {
      const sessionId = await this.#api?.create(label)
      if (sessionId === undefined) return
      this.join(sessionId)
      await this.refresh()
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Asks for the list of sessions. */
  async refresh(): Promise<void> {
    try {
      this.sessions = (await this.#api?.sessions()) ?? []
      this.problem = undefined
      this.#awaySince = undefined
    } catch (error) {
      this.#awaySince ??= performance.now()
      const isBlink = error instanceof ApiError && error.status === undefined
      if (!isBlink || this.sessions.length === 0 || performance.now() - this.#awaySince > QUIET_MS) this.#failed(error)
    }
    this.changed()
  }

  #parts(): { readonly url: string; readonly token: string; readonly isDemo: boolean } {
    const url = this.demo?.proxyUrl ?? base()
    return { url, token: this.token ?? '', isDemo: this.demo !== undefined }
  }

  async #enter(token: string, sessionId: string | undefined): Promise<void> {
    this.token = token
    const api = new Api(base(), token)
    this.#api = api
    await this.refresh()
    if (this.token === undefined) return
    this.shells = new Shells(this.#parts(), api)
    this.shells.subscribe(() => this.changed())
    clearInterval(this.#timer)
    this.#timer = setInterval(() => this.#look(), REFRESH_MS)
    // Whoever comes back to the page is not shown what was true when they left.
    document.addEventListener('visibilitychange', () => this.#look())
    if (sessionId !== undefined) this.join(sessionId)
    else this.show('sessions')
  }

  #look(): void {
    if (document.visibilityState !== 'visible') return
    void this.refresh()
    if (this.view === 'shells' && this.shells?.current === undefined) void this.shells?.refresh()
  }

  #failed(error: unknown): void {
    this.problem = error instanceof Error ? error.message : String(error)
    if (error instanceof ApiError && error.status === 401) {
      keepToken(undefined)
      this.token = undefined
    }
    this.changed()
  }
}

function base(): string {
  return `${location.origin}${location.pathname}`.replace(/\/(index\.html)?$/, '')
}
