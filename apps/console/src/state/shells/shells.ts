import type { ShellListing } from '@holdfast/protocol/shell'
import { parseCheckpoint } from '@holdfast/shell'
import { wordsOf } from '../request.ts'
import { Store } from '../store.ts'
import { Recordings } from './recordings.ts'
import { type SavedShell, Shell, type ShellParts } from './shell.ts'
import { ShellApi, type ShellIds } from './shell-api.ts'
import { ShellEnds } from './shell-ends.ts'
import { shellNames } from './shell-names.ts'
import { TerminalSettings } from './terminal-settings.ts'

const KEY = 'holdfast.shells'

/**
 * The shells of this page, and what is known of all that there are. Those of this page survive a reload: the tab's storage
 * holds where each stood.
 */
export class Shells extends Store {
  readonly #parts: ShellParts
  readonly #api: ShellApi
  readonly ends: ShellEnds = new ShellEnds()
  readonly settings: TerminalSettings = new TerminalSettings()
  readonly recordings: Recordings
  /** Those that this page is attached to, or was until they ended. */
  list: readonly Shell[] = []
  /** The one that is shown; undefined: the list of all. */
  current: Shell | undefined
  /** All that may be seen, the newest first; undefined until it was received. */
  known: readonly ShellListing[] | undefined
  /** Why the list is not fresh, or not whole. */
  problem: string | undefined
  /** The id of a shell that a link leads to, and that is not there. */
  missing: string | undefined
  readonly #refused: () => void
  readonly #hasGrant: boolean
  readonly #left = new AbortController()
  #count = 0

  /**
   * @param base of the gateway, where it is asked; shells may be dialed elsewhere
   * @param hasGrant a person with a share link is asked before writing
   * @param refused the token of this page is not taken any more, as a shell says
   */
  constructor(parts: ShellParts, base: string, hasGrant: boolean, refused: () => void) {
    super()
    this.#parts = parts
    this.#refused = refused
    this.#hasGrant = hasGrant
    this.#api = new ShellApi(base, parts.token)
    this.recordings = new Recordings(base, parts.token)
    this.recordings.subscribe(() => this.changed())
    for (const saved of readSaved()) this.#add(saved)
    addEventListener('pagehide', () => this.save(), { signal: this.#left.signal })
  }

  /** Nobody is signed in any more: the shells go on, and are the same after the next login. */
  leave(): void {
    this.save()
    this.#left.abort()
    for (const { session } of this.list) void session.detach()
  }

  /** Asks which shells there are. */
  async refresh(): Promise<void> {
    try {
      const { shells, unreachable, more } = await this.#api.list()
      this.known = shells
      this.problem = undefined
      if (more === true) this.problem = 'There are more shells than these.'
      if (unreachable !== undefined) this.problem = 'Some gateways did not answer: their shells are not in the list.'
    } catch (error) {
      this.problem = wordsOf(error)
    }
    this.changed()
  }

  /** The one of this page that is attached to a shell. */
  here(shellId: string): Shell | undefined {
    return this.list.find((shell) => shell.id === shellId && shell.session.ending === undefined)
  }

  /** Attaches by an id that was typed. A shell that does not exist is not started: it would not be the one that was meant. */
  async attach(shellId: string): Promise<void> {
    if (await this.#attached(shellId)) return
    this.problem ??= `There is no shell ${shellId} that you may see.`
    this.changed()
  }

  /** Shows the shell that a link leads to, or says that it is not there; `undefined`: the list of all. */
  async goTo(shellId: string | undefined): Promise<void> {
    this.missing = undefined
    const open = this.list.find(({ id }) => id === shellId)
    if (shellId === undefined || open !== undefined) return this.select(open)
    if (await this.#attached(shellId)) return
    // Where the gateway does not answer it may well be there.
    if (this.known !== undefined) this.missing = shellId
    this.current = undefined
    this.changed()
  }

  /** As its writer if there is none and the person may write, else to watch. */
  async #attached(shellId: string): Promise<boolean> {
    await this.refresh()
    const known = this.#listing(shellId)
    if (known === undefined) return false
    this.open({ ...known, observes: this.#hasGrant || known.hasWriter || !known.may.includes('write') })
    return true
  }

  #listing(shellId: string): ShellListing | undefined {
    return this.known?.find((one) => one.shellId === shellId)
  }

  /** What is known of a shell of this page; asked for where nothing is yet. */
  async find(shellId: string): Promise<ShellListing | undefined> {
    if (this.#listing(shellId) === undefined) await this.refresh()
    return this.#listing(shellId)
  }

  /** Opens a new shell, or attaches to one by its id: as its writer, or to watch. */
  open(saved: Partial<SavedShell> = {}): void {
    this.#add(saved)
  }

  /** Shows one of this page's shells, or the list of all. */
  select(shell: Shell | undefined): void {
    this.missing = undefined
    this.current = shell
    this.recordings.close()
    if (shell === undefined) void this.refresh()
    this.changed()
  }

  /** Shows the next one of this page's shells, or the one before. */
  step(by: 1 | -1): void {
    const places = [undefined, ...this.list]
    const at = places.indexOf(this.current) + by + places.length
    this.select(places[at % places.length])
  }

  /** Ends a shell for good, whether this page is attached to it or not. */
  async end(shell: ShellIds): Promise<void> {
    const open = this.here(shell.shellId)
    try {
      if (open === undefined || open.observes) await this.#api.end(shell)
      else {
        this.#remove(open)
        await open.session.kill()
      }
    } finally {
      await this.refresh()
    }
  }

  /** Gives a shell a name that everybody sees; an empty one takes it away. */
  async rename(shell: ShellIds, name: string): Promise<void> {
    try {
      await this.#api.rename(shell, name.trim() || undefined)
      await this.refresh()
    } catch (error) {
      this.problem = wordsOf(error)
      this.changed()
    }
  }

  /** What every shell is called, by its id: in the list, in its tab, and wherever else it is named. */
  get names(): ReadonlyMap<string, string> {
    const here = new Map(this.list.map((shell) => [shell.id, shell]))
    const known = (this.known ?? []).map((one) => {
      const title = here.get(one.shellId)?.face.title || one.title
      return title === undefined ? one : { ...one, title }
    })
    const others = this.list.filter(({ id }) => this.#listing(id) === undefined)
    return shellNames([
      ...known,
      ...others.map(({ id, name, face }) => ({ shellId: id, program: name, title: face.title })),
    ])
  }

  /** What a shell of this page is called. */
  nameOf(shell: Shell): string {
    return this.names.get(shell.id) ?? shell.name
  }

  /** Leaves the shell running; its id leads back to it. */
  async detach(shell: Shell): Promise<void> {
    this.#remove(shell)
    await shell.session.detach()
    await this.refresh()
  }

  /** The same shell as its writer, or to watch it: its writer until now is notified. */
  async reattach(shell: Shell, observes: boolean): Promise<void> {
    const { id: shellId } = shell
    await this.refresh()
    const isGone = this.problem === undefined && this.known?.every((one) => one.shellId !== shellId)
    if (isGone === true) return shell.showHint('The shell has ended.')
    const sessionId = shell.session.sessionId || undefined
    await shell.session.detach()
    const at = this.list.indexOf(shell)
    this.#add({ shellId, sessionId, observes })
    const added = this.list.at(-1)
    if (added !== undefined && at >= 0) this.list = this.list.with(at, added).slice(0, -1)
    this.changed()
  }

  save(): void {
    const saved = this.list.flatMap((shell) => shell.saved() ?? [])
    try {
      sessionStorage.setItem(KEY, JSON.stringify(saved))
    } catch {
      // Too large for the storage: the shells come back, their screens do not.
      sessionStorage.setItem(KEY, JSON.stringify(saved.map(({ screen: _screen, ...rest }) => rest)))
    }
  }

  #add(saved: Partial<SavedShell>): void {
    this.recordings.close()
    this.missing = undefined
    const shell = new Shell(this.#parts, ++this.#count, saved)
    shell.subscribe(() => this.changed())
    // The gateway says what runs in a new one.
    shell.session.on('status', ({ status }) => {
      if (status.state === 'open' && this.#listing(shell.id) === undefined) void this.refresh()
    })
    shell.session.on('closed', ({ ending }) => {
      if (ending.kind === 'lost' && ending.reason === 'shell/unauthorized') this.#refused()
    })
    shell.face.subscribe(() => this.changed())
    this.list = [...this.list, shell]
    this.current = shell
    this.changed()
  }

  #remove(shell: Shell): void {
    this.list = this.list.filter((other) => other !== shell)
    if (this.current === shell) this.current = this.list.at(-1)
    this.changed()
  }
}

function readSaved(): readonly Partial<SavedShell>[] {
  try {
    const list: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]')
    return Array.isArray(list) ? list.flatMap(readOne) : []
  } catch {
    return []
  }
}

function readOne(value: unknown): readonly Partial<SavedShell>[] {
  if (typeof value !== 'object' || value === null) return []
  const { shellId, observes, checkpoint, screen }: Readonly<Record<string, unknown>> = { ...value }
  if (typeof shellId !== 'string') return []
  return [
    {
      shellId,
      observes: observes === true,
      ...(checkpoint === undefined ? {} : { checkpoint: parseCheckpoint(checkpoint) }),
      ...(typeof screen === 'string' ? { screen } : {}),
    },
  ]
}
