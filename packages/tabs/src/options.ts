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

/** A connection, and how to go on from a place in what comes by it. */
export interface Shared<In, Out> {
  readonly connection: SharedConnection<In, Out>
  /** The place of a message in the server's history; undefined: it has none. @defaultValue no message has one */
  readonly positionOf?: ((message: In) => SharedPosition | undefined) | undefined
  /** The place where the connection began, before the first message that has one. */
  readonly start?: (() => SharedPosition | undefined) | undefined
  /** Anything that every tab gets when it is accepted. JSON. */
  readonly about?: (() => unknown) | undefined
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
  /** A host that did not answer for so long is replaced. */
  askMs: 500,
  /** How often a visible tab that hears nothing asks whether its host is there. */
  visibleLookMs: 5_000,
  /** The same for a hidden one. */
  hiddenLookMs: 60_000,
  /** A new host waits so long for the places of all tabs. */
  gatherMs: 250,
  /** Tabs without a link for so long take part no more. */
  lingerMs: 5_000,
  /** A worker that did not begin within this is asked for again. */
  workerMs: 3_000,
} as const

/** @throws `tabs/invalid_option` */
export function assertOptions(options: TabsOptions<never, never>): void {
  const { name, connect, maxBehindBytes = 1, windowBytes = 1 } = options
  const isWrong =
    typeof name !== 'string' || name === ''
      ? 'name: expected a text that pages which share have in common'
      : typeof connect !== 'function'
        ? 'connect: expected a function that returns a connection'
        : !(maxBehindBytes > 0)
          ? 'maxBehindBytes: expected bytes'
          : !(windowBytes > 0) && 'windowBytes: expected bytes'
  if (isWrong) throw new TabsError('tabs/invalid_option', `Option ${isWrong}`)
}
