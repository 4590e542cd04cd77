import type { HoldfastError } from '@holdfast/contract'
import type { Cause, Gap, ProtocolContext } from '../client-protocol.ts'
import type { Outbox } from '../delivery/outbox/outbox.ts'
import type { MachineEvent } from './machine/state.ts'

/** The attempt that is open. */
export interface ContextOwner<Out> {
  readonly generation: number
  send(message: Out): void
  giveUp(cause: Cause): void
}

/** The connection that made it. */
export interface ContextHost<Out, Owner> {
  readonly outbox: Outbox<Out>
  readonly inbound: { gap(gap: Gap): void }
  readonly notifier: { invalid(issue: string): void }
  apply(event: MachineEvent): void
  renew(owner: Owner): void
}

/** What a protocol may do with an attempt that is open. */
export class AttemptProtocolContext<Out, Owner extends ContextOwner<Out>> implements ProtocolContext<Out> {
  readonly #host: ContextHost<Out, Owner>
  readonly #owner: Owner

  constructor(host: ContextHost<Out, Owner>, owner: Owner) {
    this.#host = host
    this.#owner = owner
  }

  send(message: Out): void {
    this.#owner.send(message)
  }

  acked(ack: { readonly ids: Iterable<string> } | { readonly through: number }): void {
    const { outbox } = this.#host
    if ('ids' in ack) outbox.ackedIds(ack.ids)
    else outbox.ackedThrough(ack.through)
  }

  accepted(ids: Iterable<string>): void {
    this.#host.outbox.accepted(ids)
  }

  refused(ids: Iterable<string>, error: HoldfastError): void {
    this.#host.outbox.ackedIds(ids, error)
  }

  gap(gap: Gap): void {
    this.#host.inbound.gap(gap)
  }

  drain(reconnectWindowMs: number = 0): void {
    this.#host.apply({ type: 'leave', generation: this.#owner.generation, reason: 'drain', reconnectWindowMs })
  }

  renew(): void {
    this.#host.renew(this.#owner)
  }

  retryBase(ms: number): void {
    this.#host.apply({ type: 'retryBase', ms })
  }

  fail(error: unknown): void {
    this.#owner.giveUp({ kind: 'protocol', error })
  }

  report(issue: string): void {
    this.#host.notifier.invalid(issue)
  }
}
