import type { Transport } from '@holdfast/contract'
import type { Attempt } from './attempt.ts'
import type { Engine } from './engine.ts'
import type { InboundPipeline } from './inbound-pipeline.ts'

/** What the face needs of the engine. Nothing in it speaks of what travels on the wire. */
export interface FacedEngine<In, Out, Ready extends object | undefined>
  extends Pick<
    Engine<In, Out, unknown, unknown, Ready>,
    | 'askClose'
    | 'begin'
    | 'clock'
    | 'closes'
    | 'confirms'
    | 'lastCause'
    | 'loop'
    | 'notifier'
    | 'outbox'
    | 'ready'
    | 'rtts'
    | 'status'
  > {
  readonly inbound: Pick<
    InboundPipeline<In, Out, unknown, unknown, Ready>,
    'app' | 'interceptors' | 'pausedAt' | 'unread'
  >
  readonly options: { readonly transport: Pick<Transport<unknown, unknown>, 'traits'> }
  readonly writer: Pick<Attempt<In, Out, unknown, unknown, Ready>, 'liveness' | 'send'> | undefined
}
