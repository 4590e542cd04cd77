import type { Clock, ConnectionEvents, Delivery, Guarantees, SendOptions, Status, WakeSignals } from '@holdfast/core'
import type { StreamReader, StreamSource } from '@holdfast/core/protocol'
import { TabsError } from './errors.ts'
import type { SharedPosition } from './wire.ts'

/** What is shared. A `Connection` fits, and the `connection` of a client. */
export interface SharedConnection<In, Out> {
  readonly status: Status
  readonly guarantees: Pick<Guarantees, 'confirmation'>
  connect(): Promise<unknown>
  reauthenticate(): void
  close(options?: { readonly flushMs?: number | undefined }): Promise<void>
  explain(): string
  attach(reader: StreamReader<In>): StreamSource
  send(message: Out, options: Pick<SendOptions, 'id' | 'delivery'>): Delivery
  on<Name extends 'link' | 'status'>(name: Name, listener: (event: ConnectionEvents[Name]) => unknown): () => void
}

/** A tab, where a message that it sends is looked at. */
export interface SharedTab<In, Out> {
  /** No other tab has it, and it keeps it as long as it lives. */
  readonly id: string
  /** Its message may be written once only. */
  readonly once: boolean
  /** Sends this as the message of the tab. Settles when the server has it, or what it is not taken for. */
  send(message: Out): PromiseLike<unknown>
  /** Gives a message to this tab alone, or to all others, behind what came before. */
  give(message: In, to: 'it' | 'others'): void
}

/** State that a tab needs which begins now, in place of the messages that it was not there for. */
export interface SharedSnapshots<In> {
  /** Whether a message of the stream is such state: the `end` of it, or a `part` that comes before that. */
  partOf(message: In): 'part' | 'end' | undefined
  /**
   * Asks the server for it, and says which place it is as of; undefined: there is none. The signal is aborted when it came by the
   * stream meanwhile, or no tab needs it any more.
   */
  load(
    signal: AbortSignal,
  ): Promise<{ readonly messages: readonly In[]; readonly at: SharedPosition | undefined } | undefined>
}

/** What becomes of a message that came. */
export interface SharedRoute<In> {
  /** What the tabs get. */
  readonly message: In
  /** Whether this tab gets it: called when its turn has come, which may be a while after the message. */
  readonly isFor: (tab: string) => boolean
}

/** A connection, and how to go on from a place in what comes by it. */
export interface Shared<In, Out> {
  readonly connection: SharedConnection<In, Out>
  /** The place of a message in the server's history; undefined: it has none. @defaultValue no message has one */
  readonly positionOf?: ((message: In) => SharedPosition | undefined) | undefined
  /** The place where the connection began, before the first message that has one. */
  readonly start?: (() => SharedPosition | undefined) | undefined
  /**
   * What is missing after a new link is reported as a gap in its place, also where a link does not say whether it goes on.
   * @defaultValue false: a link that does not say `resumed` begins anew
   */
  readonly reportsGaps?: boolean | undefined
  /** Anything that every tab gets when it is accepted. JSON. */
  readonly about?: (() => unknown) | undefined
  /** What a new tab is given first. @defaultValue nothing: it gets what comes from now on */
  readonly snapshots?: SharedSnapshots<In> | undefined
  /**
   * Looks at what a tab sends, before it is sent. Returns what settles it, where the message is taken here and not to be sent as it
   * is. @defaultValue everything is sent
   */
  readonly take?: ((message: Out, tab: SharedTab<In, Out>) => PromiseLike<unknown> | undefined) | undefined
  /**
   * Looks at each message that comes, before the tabs get it. Returns what becomes of it, where that is something else than the
   * usual. @defaultValue all tabs get everything
   */
  readonly route?: ((message: In) => SharedRoute<In> | undefined) | undefined
  /**
   * Messages that any tab may still have to do something about, whenever they came. A tab gets them when it begins, with every new
   * link, and behind a gap: one that has had them recognises them. @defaultValue none
   */
  readonly waiting?: (() => readonly In[]) | undefined
  /** A tab is gone, and comes back no more. */
  readonly left?: ((tab: string) => void) | undefined
}

/**
 * Makes the connection, where it is to be. `after`: where the tab is that is furthest behind, when another host had the
 * connection before; a protocol that resumes continues from there.
 */
export type ConnectShared<In, Out> = (context: {
  readonly after: SharedPosition | undefined
}) => SharedConnection<In, Out> | Shared<In, Out>

/** Bounds, in bytes. */
export interface TabsBounds {
  /**
   * How far a tab may be behind the newest message, as encoded and 256 for each message. One that reads more slowly gets
   * a gap; where all tabs are behind by half of it, the server is paused. @defaultValue 4194304 (4 MiB)
   */
  readonly maxBehindBytes: number
  /** What is on the way to one tab and not processed. @defaultValue 262144 (256 KiB) */
  readonly windowBytes: number
}

/** What is asked of the page; each is the browser's own where it is not given. */
export interface TabsSurroundings {
  readonly locks?: LockManager | undefined
  readonly BroadcastChannel?: typeof BroadcastChannel | undefined
  /** Whether the page is visible, and when it becomes so. */
  readonly signals?: Pick<WakeSignals, 'visible' | 'subscribe'> | undefined
  readonly clock?: Clock | undefined
}

/** What page and worker are given alike. */
export interface TabsOptions<In, Out> extends TabsSurroundings {
  /** {@link TabsBounds} */
  readonly maxBehindBytes?: number | undefined
  /** {@link TabsBounds} */
  readonly windowBytes?: number | undefined
  /** Pages of the origin that give the same name share. Use one for each server and user. */
  readonly name: string
  readonly connect: ConnectShared<In, Out>
}

/** Every default number of this package. Milliseconds and bytes. */
export const TABS_DEFAULTS = {
  maxBehindBytes: 4_194_304,
  windowBytes: 262_144,
  /** A host that answered none of so many questions, and sent nothing for so long after the last, is replaced. */
  asks: 2,
  askMs: 425,
  /** How often a visible tab that hears nothing asks whether its host is there. */
  visibleLookMs: 5_000,
  /** The same for a hidden one: within a minute the host is replaced. */
  hiddenLookMs: 58_000,
  /** A new host waits so long for the places of all tabs. */
  gatherMs: 250,
  /** Tabs without a link for so long take part no more. */
  lingerMs: 5_000,
  /** A worker that did not begin within this is asked for again. */
  workerMs: 3_000,
} as const

/** @throws `tabs/invalid_option` */
export function assertOptions<In, Out>(options: TabsOptions<In, Out>): void {
  assertShared(options)
  const { connect, maxBehindBytes = 1 } = options
  assert(typeof connect === 'function', 'connect: expected a function that returns a connection')
  assert(maxBehindBytes > 0, 'maxBehindBytes: expected bytes')
}

/** What all pages give. @throws `tabs/invalid_option` */
export function assertShared({ name, windowBytes = 1 }: { name: string; windowBytes?: number | undefined }): void {
  assert(typeof name === 'string' && name !== '', 'name: expected a text that pages which share have in common')
  assert(windowBytes > 0, 'windowBytes: expected bytes')
}

function assert(isRight: boolean, what: string): void {
  if (!isRight) throw new TabsError('tabs/invalid_option', `Option ${what}`)
}
