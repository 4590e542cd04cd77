import type { LivenessWatch } from '@holdfast/contract'
import type { ClientProtocol } from '../client-protocol.ts'
import type { Attempt } from './attempt.ts'
import type { MachineEvent } from './machine/state.ts'
import type { MachineLoop } from './machine-loop.ts'
import type { CloseOptions, ResolvedOptions } from './options.ts'

/** What listens to the world around it. */
export interface SurroundingsHost<In, Out, WireIn, WireOut, Ready extends object | undefined> {
  readonly options: ResolvedOptions<In, Out, WireIn, WireOut, Ready>
  readonly loop: MachineLoop
  /** The newest target is on this machine. */
  readonly isLoopback: boolean
  apply(event: MachineEvent): void
  askClose(options: CloseOptions, flushMs: number): void
}

/**
 * Listens to the runtime's signals and to the app's `AbortSignal`. Returns a function that stops it; undefined where
 * there is neither.
 */
export function listenAround<In, Out, WireIn, WireOut, Ready extends object | undefined>(
  host: SurroundingsHost<In, Out, WireIn, WireOut, Ready>,
): (() => void) | undefined {
  const { signals, signal } = host.options
  if (signals === undefined && signal === undefined) return undefined
  const leave = signals?.subscribe((name) => host.apply({ type: 'signal', signal: name }))
  // What was heard before the last close may be out of date.
  host.loop.machine = {
    ...host.loop.machine,
    offline: signals?.online === false && !host.isLoopback,
    hidden: signals?.visible === false,
  }
  const abort = (): void => host.askClose({}, 0)
  signal?.addEventListener('abort', abort)
  // After the event that began this: it would start again what is closed here.
  if (signal?.aborted === true) queueMicrotask(abort)
  return () => {
    leave?.()
    signal?.removeEventListener('abort', abort)
  }
}

/** Who watches the link: the protocol's rule, and where it has none, or none for such a link, the transport's. */
export function watchOf<In, Out, WireIn, WireOut, Ready extends object | undefined>(
  { liveness: own }: ResolvedOptions<In, Out, WireIn, WireOut, Ready>['transport'],
  protocol: ClientProtocol<In, Out, WireIn, WireOut, Ready>,
  dial: Attempt<In, Out, WireIn, WireOut, Ready>,
): LivenessWatch<In> | undefined {
  if (protocol.liveness === 'none') return undefined
  return protocol.liveness?.(dial) ?? (own === 'none' ? undefined : own(dial))
}
