import type { ShellListing } from '@holdfast/protocol/shell'
import { parseCheckpoint } from '@holdfast/shell'
import { Recordings } from './recordings.ts'
import { type SavedShell, Shell, type ShellParts } from './shell.ts'
import { ShellApi, type ShellIds } from './shell-api.ts'
import { ShellEnds } from './shell-ends.ts'
import { Store } from './store.ts'
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
  /** All that may be seen, the newest first; undefined until it was told. */
  known: readonly ShellListing[] | undefined
  /** Why the list is not fresh, or not whole. */
  problem: string | undefined
  #count = 0

  /** @param base of the gateway, where it is asked; shells may be dialed elsewhere */
  constructor(parts: ShellParts, base: string) {
    super()
    this.#parts = parts
    this.#api = new ShellApi(base, parts.token)
    this.recordings = new Recordings(base, parts.token)
    this.recordings.subscribe(() => this.changed())
    for (const saved of readSaved()) this.#add(saved)
    addEventListener('pagehide', () => this.save())
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
      this.problem = error instanceof Error ? error.message : String(error)
    }
    this.changed()
  }

  /** The one of this page that is attached to a shell. */
  here(shellId: string): Shell | undefined {
    return this.list.find((shell) => shell.id === shellId && shell.session.ending === undefined)
  }

  /** Attaches by an id that was typed. A shell that nobody has is not started: it would not be the one that was meant. */
  async attach(shellId: string): Promise<void> {
    await this.refresh()
    const known = this.known?.find((one) => one.shellId === shellId)
    if (known !== undefined) return this.open({ ...known, observes: known.hasWriter })
    this.problem ??= `There is no shell ${shellId} that you may see.`
    this.changed()
  }

  /** Opens a new shell, or attaches to one by its id: as its writer, or to watch. */
  open(saved: Partial<SavedShell> = {}): void {
    this.#add(saved)
  }

  /** Shows one of this page's shells, or the list of all. */
  select(shell: Shell | undefined): void {
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
      this.problem = error instanceof Error ? error.message : String(error)
      this.changed()
    }
  }

  /** What a shell of this page is called: by a person, by its program, or by its place. */
  nameOf(shell: Shell): string {
    const given = this.known?.find((one) => one.shellId === shell.id)?.name
    if (given !== undefined) return given
    return shell.face.title === '' ? shell.name : `${shell.name} · ${shell.face.title}`
  }

  /** Leaves the shell running; its id leads back to it. */
  async detach(shell: Shell): Promise<void> {
    this.#remove(shell)
    await shell.session.detach()
    await this.refresh()
  }

  /** The same shell as its writer, or to watch it: whoever wrote until now is told. */
  async reattach(shell: Shell, observes: boolean): Promise<void> {
    const { id: shellId } = shell
    await this.refresh()
    const isGone = this.problem === undefined && this.known?.every((one) => one.shellId !== shellId)
    if (isGone === true) return shell.tell('The shell has ended.')
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
    const shell = new Shell(this.#parts, ++this.#count, saved)
    shell.subscribe(() => this.changed())
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
