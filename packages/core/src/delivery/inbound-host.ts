import type { Clock } from '@holdfast/contract'
import type { Notifier } from '../connection/notifier.ts'

/** What the way in needs of its connection. */
export interface InboundHost<In, Port = unknown> {
  readonly clock: Clock
  readonly options: { readonly onMessage?: ((message: In) => unknown) | undefined; readonly concurrency: number }
  readonly protocol: { taken?(message: In, port: Port | undefined): unknown }
  readonly notifier: Notifier
  /** The attempt that is open. */
  readonly writer: Held<Port> | undefined
}

/** A link that can be held back. */
export interface Held<Port> {
  /** What a protocol may do with it. */
  readonly port: Port
  readonly liveness: { paused(paused: boolean): void } | undefined
  holdBack(paused: boolean): void
}
