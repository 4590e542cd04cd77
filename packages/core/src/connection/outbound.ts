import type { Clock, Random } from '@holdfast/contract'
import type { ClientProtocol, DeliveryMark } from '../client-protocol.ts'
import type { DeliveryReport } from '../delivery/outbox/delivery-reports.ts'
import type { Confirmation, OutboxHost } from '../delivery/outbox/outbox-host.ts'
import type { Attempt } from './attempt.ts'
import { sizeOf, writeFrames } from './frames.ts'
import type { Notifier } from './notifier.ts'

/** The connection, as far as messages leave through it. */
export interface OutboundHost<In, Out, WireIn, WireOut, Ready extends object | undefined> {
  readonly clock: Clock
  readonly notifier: Notifier
  readonly protocol: ClientProtocol<In, Out, WireIn, WireOut, Ready>
  /** The attempt that is open and written to. */
  readonly writer: Attempt<In, Out, WireIn, WireOut, Ready> | undefined
  readonly confirms: Confirmation
  /** Nothing waits and nothing is unconfirmed. */
  empty(): void
}

/** From the outbox to the attempt that is open. */
export class Outbound<In, Out, WireIn, WireOut, Ready extends object | undefined> implements OutboxHost<Out> {
  readonly #host: OutboundHost<In, Out, WireIn, WireOut, Ready>
  readonly #random: Random
  /** Made for the first id: an idle connection is small. */
  #instance = ''
  #ids = 0

  constructor(host: OutboundHost<In, Out, WireIn, WireOut, Ready>, random: Random) {
    this.#host = host
    this.#random = random
  }

  get clock(): Clock {
    return this.#host.clock
  }

  newId(): string {
    if (this.#ids === 0) this.#instance = Math.floor(this.#random() * 2 ** 40).toString(36)
    this.#ids += 1
    return `${this.#instance}.${this.#ids}`
  }

  get marksAgain(): boolean {
    return this.#host.protocol.delivery?.marksAgain === true
  }

  encode(message: Out, mark: DeliveryMark): { wire: unknown; bytes: number } {
    const { codec, delivery } = this.#host.protocol
    const wire = codec.encode(delivery === undefined ? message : delivery.stamp(message, mark))
    if (typeof wire === 'string' || wire instanceof Uint8Array) return { wire, bytes: wire.length }
    let bytes = 0
    const frames = [...(wire as Iterable<WireOut>)]
    for (const frame of frames) bytes += sizeOf(frame)
    return { wire: frames, bytes }
  }

  write(wire: unknown): void {
    const { writer } = this.#host
    if (writer?.channel === undefined) return
    writer.liveness?.wrote()
    writeFrames(writer.channel, wire as WireOut)
  }

  bufferedBytes(): number {
    return this.#host.writer?.channel?.bufferedBytes ?? 0
  }

  drained(): Promise<void> {
    return this.#host.writer?.channel?.drained() ?? Promise.resolve()
  }

  report(report: DeliveryReport): void {
    this.#host.notifier.delivery(report)
  }

  confirmationRequested(): void {
    if (this.#host.confirms === 'probe') this.#host.writer?.liveness?.probeNow()
  }

  empty(): void {
    this.#host.empty()
  }
}
