import { explain, type FlightRecord, type Status } from '@holdfast/core'
import { parseCheckpoint, type ShellCheckpoint, ShellSession, shellEndpoint } from '@holdfast/shell'
import { browserWakeSignals, browserWebSocket } from '@holdfast/transport-browser'
import { Store } from './store.ts'

/** Where shells are dialed. */
export interface ShellParts {
  readonly url: string
  readonly token: string
  readonly isDemo: boolean
}

/** What the terminal of a shell gives back for a reload. */
export interface Screen {
  /** The screen as text with escape sequences. */
  serialize(): string
}

/** What a reload needs of a shell. */
interface Saved {
  readonly shellId: string
  readonly observes: boolean
  readonly checkpoint?: ShellCheckpoint | undefined
  readonly screen?: string | undefined
}

const KEY = 'holdfast.shells'
/** The tab's storage has about five million characters for everything. */
const MAX_SCREEN = 400_000
const MAX_RECORDS = 256

/** One shell in this page, from opening or attaching until its tab is closed. */
export class Shell extends Store {
  readonly session: ShellSession
  readonly observes: boolean
  readonly restored: string | undefined
  readonly history: FlightRecord[] = []
  drops = 0
  gaps = 0
  bytes = 0
  lost: string | undefined
  screen: Screen | undefined
  #wasOpen = false

  constructor({ url, token, isDemo }: ShellParts, saved: Partial<Saved> = {}) {
    super()
    const { shellId, observes = false, checkpoint } = saved
    this.observes = observes
    this.restored = saved.screen
    this.session = new ShellSession({
      transport: browserWebSocket(),
      connect: shellEndpoint({ url, token, tokenIn: 'subprotocol', observe: observes || undefined }),
      signals: browserWakeSignals(),
      ...(checkpoint === undefined ? { shellId } : { checkpoint }),
      ...(isDemo ? IMPATIENT : {}),
      onInputLost: () => {
        this.lost = 'Some of what you typed did not arrive, or nobody knows whether it did.'
        this.changed()
      },
    })
    this.session.on('status', ({ status }) => this.#status(status))
    this.session.on('role', () => this.changed())
    this.session.on('ended', () => this.changed())
    this.session.on('reconnected', ({ reconnected }) => {
      if (!reconnected) this.lost = 'The shell had ended. This is a new one.'
      this.changed()
    })
    this.session.connect().catch(() => {})
  }

  get id(): string {
    return this.session.shellId
  }

  /** Where it stands, in words. */
  explain(): string {
    const { ending } = this.session
    if (ending?.kind === 'exited') return `Ended with exit code ${ending.code ?? 'unknown'}.`
    if (ending?.kind === 'kicked') return 'Another client took the shell. It lives on.'
    if (ending?.kind === 'lost') return `Lost: ${ending.error.message}`
    if (ending !== undefined) return `Closed (${ending.kind}).`
    return explain({ status: this.session.status, lastCause: undefined, now: () => performance.now() })
  }

  saved(): Saved | undefined {
    if (this.session.ending !== undefined) return undefined
    const screen = this.screen?.serialize()
    const kept = screen !== undefined && screen.length < MAX_SCREEN ? screen : undefined
    return { shellId: this.id, observes: this.observes, checkpoint: this.session.checkpoint(), screen: kept }
  }

  #status(status: Status): void {
    this.history.push({ at: performance.now(), status })
    if (this.history.length > MAX_RECORDS) this.history.shift()
    if (this.#wasOpen && status.state !== 'open') this.drops++
    this.#wasOpen = status.state === 'open'
    this.changed()
  }
}

const IMPATIENT = {
  keepaliveIntervalMs: 1_500,
  reconnect: {
    maxRetries: 50,
    baseDelay: 250,
    maxDelay: 2_000,
    reconnectWindow: null,
    limits: [{ max: 120, perMs: 60_000 }],
  },
} as const

/** All shells of this page. They survive a reload: the tab's storage holds where each stood. */
export class Shells extends Store {
  readonly #parts: ShellParts
  list: readonly Shell[] = []
  current: Shell | undefined

  constructor(parts: ShellParts) {
    super()
    this.#parts = parts
    for (const saved of readSaved()) this.#add(saved)
    addEventListener('pagehide', () => this.save())
  }

  /** Opens a new shell, or attaches to one by its id. */
  open(saved: Partial<Saved> = {}): void {
    this.#add(saved)
  }

  select(shell: Shell): void {
    this.current = shell
    this.changed()
  }

  /** Ends the shell for good. */
  async kill(shell: Shell): Promise<void> {
    this.#remove(shell)
    await shell.session.close()
  }

  /** Leaves the shell running; its id leads back to it. */
  async detach(shell: Shell): Promise<void> {
    this.#remove(shell)
    await shell.session.detach()
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

  #add(saved: Partial<Saved>): void {
    const shell = new Shell(this.#parts, saved)
    shell.subscribe(() => this.changed())
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

function readSaved(): readonly Partial<Saved>[] {
  try {
    const list: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]')
    return Array.isArray(list) ? list.flatMap(readOne) : []
  } catch {
    return []
  }
}

function readOne(value: unknown): readonly Partial<Saved>[] {
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
