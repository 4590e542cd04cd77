import { type Clock, systemClock, type Timer } from '@holdfast/contract'
import { finalError, type Status } from '../connection/status.ts'
import { isConnected } from './client-status.ts'

/** What a user interface subscribes to: the shape of `useSyncExternalStore`, and ten lines away from any other. */
export interface Store<Snapshot> {
  /** `changed` is called after each change. Returns a function that ends the subscription. */
  subscribe(changed: () => void): () => void
  /** The same object until something of it has changed. */
  getSnapshot(): Snapshot
  /** What a server renders, and a page until it is alive: nothing is dialed there. */
  getServerSnapshot(): Snapshot
}

/** What a store looks at: a `Connection`, and every client, fits. */
export interface StatusSource<Event extends string = 'status'> {
  readonly status: Status
  on(name: Event | 'status', listener: () => unknown): () => void
}

/** How {@link storeOf} makes a snapshot. */
export interface StoreRules<Source, Event extends string, Snapshot> {
  /** Beside `status`: what may change the snapshot. */
  readonly events?: readonly Event[] | undefined
  /** Members are compared one by one: where all are the same, so is the snapshot. */
  read(source: Source): Snapshot
  /** What a server renders. */
  readonly server: Snapshot
  /**
   * How often the snapshot is read again while it has subscribers, for values that change with time. In milliseconds.
   * @defaultValue only at events
   */
  readonly everyMs?: number | undefined
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined
}

/** The status of a connection, for {@link statusStore}. */
export interface StatusSnapshot {
  readonly status: Status
  /** What is sent now is written now. */
  readonly isConnected: boolean
  /** Why it is over, where the app did not ask for it. */
  readonly error: Error | undefined
}

/** The snapshot of {@link doctorStore}. */
export interface DoctorSnapshot extends StatusSnapshot {
  /** The state, its cause and the next step: a sentence or two for a person. Updated once a second. */
  readonly explanation: string
}

/** How often the doctor's sentence is made anew, since it names times. In milliseconds. */
const REFRESH_MS = 1_000

const NOT_STARTED: StatusSnapshot = { status: { state: 'idle' }, isConnected: false, error: undefined }

/** A store of the status of a connection or client. */
export function statusStore(source: StatusSource): Store<StatusSnapshot> {
  return storeOf(source, { read: readStatus, server: NOT_STARTED })
}

/** The same with `explain()`. */
export function doctorStore(
  source: StatusSource & { explain(): string },
  options: { readonly clock?: Clock | undefined } = {},
): Store<DoctorSnapshot> {
  return storeOf(source, {
    read: (from) => ({ ...readStatus(from), explanation: from.explain() }),
    server: { ...NOT_STARTED, explanation: 'Not started.' },
    everyMs: REFRESH_MS,
    clock: options.clock,
  })
}

/** The members that every snapshot of a client has. */
export function readStatus({ status }: Pick<StatusSource, 'status'>): StatusSnapshot {
  return { status, isConnected: isConnected(status), error: finalError(status) }
}

/** A store of anything that a client exposes, read again at its events. */
export function storeOf<Event extends string, Source extends StatusSource<Event>, Snapshot extends object>(
  source: Source,
  rules: StoreRules<Source, Event, Snapshot>,
): Store<Snapshot> {
  const { read, server } = rules
  const listeners = new Set<() => void>()
  let snapshot = server
  let reported = server
  let lastStatus: Status | undefined
  let stop: () => void = () => {}
  const refresh = (): void => {
    const next = read(source)
    lastStatus = source.status
    if (!isSame(snapshot, next)) snapshot = next
  }
  const changed = (): void => {
    refresh()
    // Not what was last read: it may have been read between the change and its event.
    if (reported === snapshot) return
    reported = snapshot
    for (const listener of [...listeners]) listener()
  }
  return {
    subscribe: (listener) => {
      // One function may be given twice: each is a subscription of its own.
      const own = (): void => listener()
      // What happened before the first listener was reported to none.
      if (listeners.size === 0) {
        refresh()
        reported = snapshot
        stop = follow(source, rules, changed)
      }
      listeners.add(own)
      return () => {
        if (listeners.delete(own) && listeners.size === 0) stop()
      }
    },
    getSnapshot: () => {
      if (lastStatus !== source.status) refresh()
      return snapshot
    },
    getServerSnapshot: () => server,
  }
}

/** Calls `changed` at each event, and at intervals. Returns a function that stops it. */
function follow<Event extends string, Source extends StatusSource<Event>, Snapshot>(
  source: Source,
  { events = [], everyMs, clock = systemClock }: StoreRules<Source, Event, Snapshot>,
  changed: () => void,
): () => void {
  let timer: Timer | undefined
  const tick = (): void => {
    timer = everyMs === undefined ? undefined : clock.after(everyMs, tick)
    changed()
  }
  const names: readonly (Event | 'status')[] = ['status', ...events]
  const undo = names.map((name) => source.on(name, changed))
  if (everyMs !== undefined) timer = clock.after(everyMs, tick)
  return () => {
    for (const off of undo) off()
    timer?.cancel()
  }
}

function isSame(one: object, other: object): boolean {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(one)
  const others: ReadonlyMap<string, unknown> = new Map(Object.entries(other))
  return entries.length === others.size && entries.every(([name, value]) => Object.is(value, others.get(name)))
}
