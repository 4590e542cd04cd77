import { Attention } from './agent/attention.ts'
import { Api } from './api.ts'
import type { Kind } from './conversation.ts'
import { Demo } from './demo.ts'
import { identify, type Problem, unknownToken } from './entry.ts'
import { Health } from './health.ts'
import type { Role } from './joining.ts'
import { keepToken, readLink, type SharedShell } from './link.ts'
import { type Place, readPlace, showPlace, type View } from './place.ts'
import { reachable } from './reachable.ts'
import { type Rights, rightsOf } from './rights.ts'
import { Session } from './session.ts'
import { SessionDirectory } from './session-directory.ts'
import type { Shells } from './shells/shells.ts'
import { Store } from './store.ts'

const REFRESH_MS = 4_000
/** A gateway that does not answer is asked again after this. */
const AGAIN_MS = 1_000

/** Everything that the console knows. */
export class App extends Store {
  /** Undefined: nobody is signed in. */
  token: string | undefined
  /** What may be done here; undefined: nobody is signed in. */
  rights: Rights | undefined
  /** The gateway is asked whom the token stands for. */
  isEntering = false
  directory: SessionDirectory | undefined
  session: Session | undefined
  /** Undefined until the person wants to see shells, or had some open: their code comes then. */
  shells: Shells | undefined
  /** Undefined: this is no operator. */
  health: Health | undefined
  demo: Demo | undefined
  view: View = 'conversation'
  /** Kinds of entries that are not shown. */
  hidden: ReadonlySet<Kind> = new Set()
  /** Why nobody is signed in. */
  problem: Problem | undefined
  isHelpOpen = false
  readonly attention: Attention = new Attention((sessionId) => this.join(sessionId))
  #api: Api | undefined
  #code: ReturnType<typeof imported> | undefined
  #coming: Promise<Shells> | undefined
  #timer: ReturnType<typeof setInterval> | undefined
  #isTravelling = false
  #entries = 0

  /** Reads the link that the page was opened with, and goes where it leads. */
  async start(): Promise<void> {
    const { token, place, shared, demo } = readLink()
    if (demo !== undefined) {
      const found = new Demo(demo)
      await found.find()
      if (found.isThere) this.demo = found
    }
    addEventListener('popstate', () => void this.#travel(readPlace()))
    // A page that was hidden does not show old figures when it returns.
    document.addEventListener('visibilitychange', () => this.#look())
    if (token === undefined) return this.changed()
    await this.#enter(token, place, shared)
  }

  /** Signs in with a token that was typed. */
  async signIn(token: string): Promise<void> {
    keepToken(token)
    await this.#enter(token, { ...readPlace(), sessionId: this.session?.parts.sessionId ?? readPlace().sessionId })
  }

  /** Forgets the token. Shells go on; a link or the token lead back to them. */
  signOut(): void {
    keepToken(undefined)
    sessionStorage.clear()
    location.assign(location.pathname + location.search)
    location.reload()
  }

  show(wanted: View): void {
    const { views = [wanted] } = this.rights ?? {}
    const view = views.includes(wanted) ? wanted : (views[0] ?? wanted)
    this.view = view
    if (view === 'shells') void this.openShells().then((shells) => shells.refresh())
    this.#reflect()
    this.changed()
  }

  /** Shows a kind of entries, or hides it. */
  toggle(kind: Kind): void {
    const next = new Set(this.hidden)
    if (!next.delete(kind)) next.add(kind)
    this.hide(next)
  }

  hide(kinds: ReadonlySet<Kind>): void {
    this.hidden = kinds
    this.#reflect()
    this.changed()
  }

  showHelp(isOpen: boolean): void {
    this.isHelpOpen = isOpen
    this.changed()
  }

  /** Joins a session, in place of the one that was joined: to watch only, where the token lets do no more. */
  join(sessionId: string, role: Role = this.rights?.grant?.role === 'observe' ? 'observer' : 'controller'): void {
    void this.session?.stop()
    const onForbidden = role === 'controller' ? (): void => this.join(sessionId, 'observer') : undefined
    const isAgent = this.directory?.find(sessionId)?.tags?.includes('acp')
    this.session = new Session({ ...this.#parts(), sessionId, role, onForbidden, isAgent })
    this.session.subscribe(() => this.changed())
    this.session.listen(() => this.#attend())
    this.session.start()
    this.show('conversation')
    void this.directory?.refresh()
  }

  /** Leaves the session that is joined. */
  leave(): void {
    void this.session?.stop()
    this.session = undefined
    this.#attend()
    this.show('sessions')
  }

  /** Makes a session and joins it. */
  async create(label: string): Promise<void> {
    try {
      const sessionId = await this.#api?.create(label)
      if (sessionId !== undefined) this.join(sessionId)
    } catch (error) {
      this.directory?.failed(error)
    }
  }

  /** The shells of this page, once their code is there: it is asked for until then. */
  openShells(): Promise<Shells> {
    this.#code ??= imported()
    this.#coming ??= this.#code.then(({ Shells }) => {
      const shells = new Shells(
        this.#parts(),
        base(),
        this.rights?.grant !== undefined,
        () => void this.#lookAgain(this.token),
      )
      shells.subscribe(() => {
        this.#reflect()
        this.changed()
      })
      this.shells = shells
      this.changed()
      return shells
    })
    return this.#coming
  }

  /** What waits for an answer is in the title, and a notification while the page is hidden: of a page without frames too. */
  #attend(): void {
    const { session } = this
    const here = session && { sessionId: session.parts.sessionId, count: session.openQuestions.length }
    const waiting = this.attention.look(this.directory, here)
    const title = waiting === 0 ? 'Holdfast' : `(${waiting}) Holdfast`
    if (document.title !== title) document.title = title
  }

  #parts(): { readonly url: string; readonly token: string; readonly isDemo: boolean } {
    const url = this.demo?.proxyUrl ?? base()
    return { url, token: this.token ?? '', isDemo: this.demo !== undefined }
  }

  /** Asks the gateway whom a token stands for, until it says so. The newest token counts. */
  async #enter(token: string, place: Place, shared?: SharedShell | undefined): Promise<void> {
    const entering = ++this.#entries
    this.problem = undefined
    this.isEntering = true
    this.changed()
    for (;;) {
      const entry = await identify(base(), token)
      if (entering !== this.#entries) return
      if (entry.kind === 'in') return this.#entered(token, rightsOf(entry.identity), place, shared)
      if (entry.kind === 'refused') return this.#refused(entry.problem)
      this.problem = entry.problem
      this.changed()
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
      if (entering !== this.#entries) return
    }
  }

  async #entered(token: string, rights: Rights, place: Place, shared: SharedShell | undefined): Promise<void> {
    this.token = token
    this.rights = rights
    this.isEntering = false
    this.problem = undefined
    const api = new Api(base(), token)
    this.#api = api
    this.health = rights.isOperator ? new Health(base(), token) : undefined
    if (rights.views.includes('sessions')) {
      const directory = new SessionDirectory(api, () => this.#refused(unknownToken(token)))
      directory.subscribe(() => this.changed())
      directory.listen(() => this.#attend())
      this.directory = directory
      await directory.refresh()
      if (this.token === undefined) return
    }
    clearInterval(this.#timer)
    this.#timer = setInterval(() => this.#look(), REFRESH_MS)
    if (shared !== undefined) await this.#openShared(shared)
    await this.#travel(place)
    // When the network is away it cannot be fetched, nor asked.
    if (rights.views.includes('shells')) this.#code ??= imported()
    void this.health?.refresh()
  }

  /** A picture first: who may write as well is asked whether they want to. */
  async #openShared({ shellId }: SharedShell): Promise<void> {
    const shells = await this.openShells()
    if (shells.here(shellId) === undefined) shells.open({ shellId, observes: true })
  }

  /** Goes to a place that is in the address already. */
  async #travel(place: Place): Promise<void> {
    this.#isTravelling = true
    const { view, shellId, hidden } = place
    const sessionId = place.sessionId ?? this.rights?.grant?.session
    this.hidden = new Set(hidden)
    if (sessionId !== undefined && sessionId !== this.session?.parts.sessionId) this.join(sessionId)
    if (sessionStorage.getItem('holdfast.shells') !== null) await this.openShells()
    this.show(view)
    if (this.view === 'shells') {
      const shells = await this.openShells()
      await shells.goTo(shellId ?? this.rights?.grant?.shell)
    }
    this.#isTravelling = false
    this.#reflect()
  }

  /** The address says what is seen. Another view, session or shell is a step that Back takes back. */
  #reflect(): void {
    if (this.#isTravelling || this.token === undefined) return
    const before = readPlace()
    const shellId = this.view === 'shells' ? this.shells?.current?.id : undefined
    const place = { view: this.view, sessionId: this.session?.parts.sessionId, shellId, hidden: [...this.hidden] }
    const isStep = before.view !== place.view || before.sessionId !== place.sessionId || before.shellId !== shellId
    showPlace(place, isStep ? 'push' : 'replace')
  }

  #look(): void {
    if (this.token === undefined) return
    // A person who wants notifications of questions does not look.
    if (document.visibilityState !== 'visible') return this.attention.isOn ? void this.directory?.refresh() : undefined
    if (this.rights?.grant !== undefined) void this.#lookAgain(this.token)
    void this.directory?.refresh()
    if (this.view === 'shells' && this.shells?.current === undefined) void this.shells?.refresh()
  }

  /** A link may have been taken back, or be over. */
  async #lookAgain(token: string | undefined): Promise<void> {
    if (token === undefined) return
    const entry = await identify(base(), token)
    if (entry.kind !== 'refused' || token !== this.token) return
    this.#refused(unknownToken(token, this.rights?.grant?.endsAt))
  }

  /** Nobody is signed in any more, and nothing is left of what was seen. */
  #refused(problem: Problem): void {
    keepToken(undefined)
    clearInterval(this.#timer)
    void this.session?.stop()
    this.shells?.leave()
    this.#coming = undefined
    this.token = this.rights = this.session = this.shells = this.directory = this.health = undefined
    this.isEntering = false
    this.problem = problem
    this.changed()
  }
}

async function imported(): Promise<typeof import('./shells/shells.ts')> {
  await reachable()
  return import('./shells/shells.ts')
}

/** Where the gateway is mounted. */
export function base(): string {
  return `${location.origin}${location.pathname}`.replace(/\/(index\.html)?$/, '')
}
