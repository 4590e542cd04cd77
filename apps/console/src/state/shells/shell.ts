import type { Cause, FlightRecord, Status } from '@holdfast/core'
import { type ShellCheckpoint, ShellSession, shellEndpoint } from '@holdfast/shell'
import { browserWakeSignals, browserWebSocket } from '@holdfast/transport-browser'
import { type Outage, OutageWatch } from '../outages.ts'
import { Store } from '../store.ts'
import { ByteAccount } from './byte-account.ts'
import { shellProbe } from './shell-probe.ts'
import { endingWords, fullWords } from './shell-words.ts'
import { TerminalFace } from './terminal-face.ts'

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
export interface SavedShell {
  readonly shellId: string
  readonly sessionId?: string | undefined
  readonly observes: boolean
  readonly checkpoint?: ShellCheckpoint | undefined
  readonly screen?: string | undefined
}

/** The tab's storage has about five million characters for everything. */
const MAX_SCREEN = 400_000
const MAX_RECORDS = 256

/** One shell in this page, from opening or attaching until its tab is closed. */
export class Shell extends Store {
  readonly session: ShellSession
  /** What it is called until the gateway has said what runs in it. */
  readonly name: string
  readonly observes: boolean
  readonly restored: string | undefined
  readonly history: FlightRecord[] = []
  readonly outages: OutageWatch
  readonly face: TerminalFace = new TerminalFace()
  /** Called for every frame that the terminal has. */
  readonly account: ByteAccount
  gaps = 0
  bytes = 0
  lost: string | undefined
  screen: Screen | undefined
  /** Draws an outage into the terminal. */
  marks: ((outage: Outage) => void) | undefined
  #wasOpen = false
  #cause: Cause | undefined

  constructor({ url, token, isDemo }: ShellParts, number: number, saved: Partial<SavedShell> = {}) {
    super()
    this.name = `${saved.observes === true ? 'Watching' : 'Shell'} ${number}`
    const { shellId, sessionId = null, observes = false, checkpoint } = saved
    // Without its session a shell is found by its id alone; a new one begins a session of its own.
    const ids = shellId === undefined ? {} : { shellId, sessionId }
    this.observes = observes
    this.restored = saved.screen
    const mustExist = (): string | undefined => (this.#wasOpen ? undefined : shellId)
    this.session = new ShellSession({
      // The network of a demonstration is of another origin, which a page may not ask with its token.
      transport: browserWebSocket(isDemo ? {} : { classify: shellProbe({ url, token, shellId: mustExist }) }),
      target: shellEndpoint({ url, token, tokenIn: 'subprotocol', observe: observes || undefined }),
      signals: browserWakeSignals(),
      onExpired: 'new',
      screen: 'frames',
      ...(checkpoint === undefined ? ids : { checkpoint }),
      ...(isDemo ? IMPATIENT : {}),
      onDelivery: () => {
        this.account.inputLost()
        this.showHint('Some of what you typed did not arrive, or nobody knows whether it did.')
      },
    })
    const { session } = this
    this.account = new ByteAccount({
      unacknowledgedBytes: () => session.unacknowledgedBytes,
      position: () => session.checkpoint()?.received,
    })
    this.outages = new OutageWatch({
      connection: session,
      account: this.account,
      changed: (outage) => this.#outage(outage),
    })
    this.session.on('status', ({ status, cause }) => this.#status(status, cause))
    this.session.on('role', () => this.changed())
    this.session.on('closed', () => this.changed())
    this.session.on('reconnected', ({ reconnected }) => {
      if (!reconnected) this.showHint('The shell had ended. This is a new one.')
    })
    this.session.connect().catch(() => {})
  }

  get id(): string {
    return this.session.shellId
  }

  /** Where it stands, in words. */
  explain(): string {
    const { ending, status } = this.session
    return endingWords(ending) ?? fullWords(this.#cause, status, performance.now()) ?? this.session.explain()
  }

  saved(): SavedShell | undefined {
    if (this.session.ending !== undefined) return undefined
    const screen = this.screen?.serialize()
    const kept = screen !== undefined && screen.length < MAX_SCREEN ? screen : undefined
    const sessionId = this.session.sessionId || undefined
    return { shellId: this.id, sessionId, observes: this.observes, checkpoint: this.session.checkpoint(), screen: kept }
  }

  /** Dials at once. */
  tryNow(): void {
    this.session.reconnect()
  }

  /** Shows the person something about this shell. */
  showHint(text: string): void {
    this.lost = text
    this.changed()
  }

  #outage(outage: Outage | undefined): void {
    if (outage !== undefined) this.marks?.(outage)
    this.changed()
  }

  #status(status: Status, cause: Cause | undefined): void {
    this.#wasOpen ||= status.state === 'open'
    this.#cause = status.state === 'open' ? undefined : (cause ?? this.#cause)
    this.history.push({ at: performance.now(), status })
    if (this.history.length > MAX_RECORDS) this.history.shift()
    this.changed()
  }
}

const IMPATIENT = {
  liveness: { intervalMs: 1_500 },
  retry: { capMs: 2_000, limits: [{ max: 120, perMs: 60_000 }], flapLimits: [] },
} as const
