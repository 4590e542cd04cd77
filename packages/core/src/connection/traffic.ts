import type { ClientProtocol, DeliveryMark } from '../client-protocol.ts'
import { Outbox } from '../delivery/outbox.ts'
import type { Confirmation, OutboxHost } from '../delivery/outbox-host.ts'
import { JSON_PROTOCOL } from '../json-protocol.ts'
import { follow, isThenable } from '../support/thenable.ts'
import type { Attempt } from './attempt.ts'
import { sizeOf, writeFrames } from './frames.ts'
import type { ConnectionOptions } from './options.ts'
import { Telling } from './telling.ts'

/** What goes through the open dial: out of the outbox, and in to the app. */
export abstract class Traffic<In, Out, WireIn, WireOut, Ready extends object | undefined>
  extends Telling<In, Out, WireIn, WireOut, Ready>
  implements OutboxHost<Out>
{
  override readonly protocol: ClientProtocol<In, Out, WireIn, WireOut, Ready>
  readonly outbox: Outbox<Out>
  /** The dial that messages are written to; it is open. */
  writer: Attempt<In, Out, WireIn, WireOut, Ready> | undefined
  confirms: Confirmation = 'none'
  readonly #instance: string
  #ids = 0

  constructor(options: ConnectionOptions<In, Out, WireIn, WireOut, Ready>) {
    super(options)
    this.protocol = options.protocol ?? (JSON_PROTOCOL as ClientProtocol<In, Out, WireIn, WireOut, Ready>)
    this.#instance = Math.floor(this.options.random() * 2 ** 40).toString(36)
    this.outbox = new Outbox<Out>(this, this.options.outbox, this.protocol.delivery)
  }

  // ---- in ---------------------------------------------------------------------------------------

  /** Something of the peer's has come: the dial works. */
  abstract confirm(dial: Attempt<In, Out, WireIn, WireOut, Ready>): void

  message(dial: Attempt<In, Out, WireIn, WireOut, Ready>, message: In, bytes: number): void {
    if (dial.liveness?.answers(message) === true) return
    this.confirm(dial)
    try {
      const kept: unknown = this.protocol.receive?.(message, dial)
      if (kept === true) return
      if (typeof kept === 'object' && isThenable(kept)) this.follow(kept)
    } catch (error) {
      this.problem('handling a message threw', error)
    }
    this.tellMessage(message, bytes)
  }

  override setPaused(paused: boolean): void {
    const { writer } = this
    writer?.liveness?.paused(paused)
    writer?.holdBack(paused)
  }

  override taken(message: In): void {
    try {
      follow(this.protocol.taken?.(message, this.writer), (error) => this.problem('taken threw', error))
    } catch (error) {
      this.problem('taken threw', error)
    }
  }

  // ---- out: what the outbox needs ---------------------------------------------------------------

  newId(): string {
    this.#ids += 1
    return `${this.#instance}.${this.#ids}`
  }

  get marksAgain(): boolean {
    return this.protocol.delivery?.marksAgain === true
  }

  encode(message: Out, mark: DeliveryMark): { wire: unknown; bytes: number } {
    const { delivery } = this.protocol
    const { codec } = this.writer ?? this.protocol
    const wire = codec.encode(delivery === undefined ? message : delivery.stamp(message, mark))
    if (typeof wire === 'string' || wire instanceof Uint8Array) return { wire, bytes: wire.length }
    let bytes = 0
    const frames = [...(wire as Iterable<WireOut>)]
    for (const frame of frames) bytes += sizeOf(frame)
    return { wire: frames, bytes }
  }

  write(wire: unknown): void {
    const { writer } = this
    if (writer?.channel === undefined) return
    writer.liveness?.wrote()
    writeFrames(writer.channel, wire as WireOut)
  }

  bufferedBytes(): number {
    return this.writer?.channel?.bufferedBytes ?? 0
  }

  drained(): Promise<void> {
    return this.writer?.channel?.drained() ?? Promise.resolve()
  }

  wanted(): void {
    if (this.confirms === 'probe') this.writer?.liveness?.nudge()
  }

  abstract empty(): void
}
