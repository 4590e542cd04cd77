import type { Delivery, SendOptions } from '@holdfast/core'
import { SENTENCES } from '@holdfast/core/words'
import type { ShellMessage } from '@holdfast/shell-framing'
import { ShellSessionError } from './errors.ts'
import { InputBuffer, type InputBufferHost } from './input-buffer.ts'
import type { LostInput, SessionEvents } from './session-events.ts'

/** What the input needs of its session. */
export interface InputHost {
  send(message: ShellMessage, options: SendOptions): Delivery
  readonly events: SessionEvents
}

interface Written {
  readonly from: number
  readonly to: number
  readonly delivery: Delivery
}

/** Where pongs prove input, one is asked for after this part of the bound: what it frees is filled while the next one comes. */
const PROOFS = 4

/**
 * Everything that goes to the shell's stdin. Where the server has offsets, unacknowledged input is sent again; where it
 * has not, a pong proves it, and what was written without proof when the link dropped is in doubt and never repeated.
 */
export class ShellInputStream implements InputBufferHost {
  readonly #host: InputHost
  readonly #buffer: InputBuffer
  readonly #askBytes: number
  #exact = true
  #written: Written[] = []
  /** The last one that a proof was asked for, and what was written since. */
  #asked: Written | undefined
  #unaskedBytes = 0
  /** Offset up to which input was proven and the buffer does not know it yet. */
  #proven: number | undefined
  /** The most that one message of the present connection may carry. */
  #pieceBytes = Number.POSITIVE_INFINITY
  /** Not reported to a `flush()` yet. */
  #unreported: ShellSessionError | undefined

  constructor(maxBytes: number, host: InputHost) {
    this.#host = host
    this.#askBytes = maxBytes / PROOFS
    this.#buffer = new InputBuffer(maxBytes, this)
  }

  get unacknowledgedBytes(): number {
    return this.#buffer.unacknowledgedBytes
  }

  /** Where the unacknowledged input begins: what a hello says. */
  get base(): number {
    return this.#buffer.base
  }

  get end(): number {
    return this.#buffer.end
  }

  send(bytes: Uint8Array): Promise<void> {
    const sent = this.#buffer.send(bytes)
    this.#prove()
    return sent
  }

  /** What was sent in this turn goes in front of what is about to be written. */
  writeNow(): void {
    this.#buffer.writeNow()
  }

  /** Resolves when everything sent so far is acknowledged. Rejects once for what was lost since the last call. */
  flush(): Promise<void> {
    const lost = this.#unreported
    this.#unreported = undefined
    if (lost !== undefined) return Promise.reject(lost)
    this.#buffer.writeNow()
    const flushed = this.#buffer.flush()
    this.#prove()
    return flushed
  }

  /** The same shell, on a server that has this lease's input up to `from`. `maxFrame`: its largest message, in bytes. */
  continueAt(from: number, maxFrame: number): void {
    this.#exact = true
    this.#pieceBytes = Math.max(1, maxFrame - 1)
    if (from > this.#buffer.end) this.#buffer.rebase(from)
    this.#buffer.opened(from)
  }

  /** The same shell as far as anybody knows, on a server that counts nothing. */
  continueForeign(): void {
    // Its acknowledgements are not coming any more.
    if (this.#exact) this.doubt()
    this.#exact = false
    this.#pieceBytes = Number.POSITIVE_INFINITY
    this.#buffer.opened(this.#buffer.sent)
  }

  acknowledged(offset: number): void {
    if (this.#exact) this.#buffer.acknowledged(offset)
  }

  dropped(): void {
    this.#buffer.dropped()
    this.#emitConfirmed()
    if (this.#exact) return
    const firstUnsent = this.#written.find(({ delivery }) => delivery.cancel())
    this.#written = []
    this.doubt(firstUnsent?.from ?? this.#buffer.sent)
  }

  /** What was written up to `sent` cannot be vouched for. */
  doubt(sent: number = this.#buffer.sent): void {
    const error = new ShellSessionError(
      'shell/input_in_doubt',
      SENTENCES && 'The link was lost before the input was confirmed.',
    )
    this.#failUnsent('doubt', error, () => this.#buffer.forgetSent(sent, error))
  }

  /** The shell is another one: what was meant for the old one is not typed into it. */
  reject(): void {
    const error = new ShellSessionError('shell/input_rejected', SENTENCES && 'The shell that it was meant for is gone.')
    this.#failUnsent('gone', error, () => this.#buffer.reject(error))
  }

  /** This client only observes from here on; the server has its input up to `from`. */
  refuse(from: number): void {
    this.acknowledged(from)
    const error = new ShellSessionError('shell/read_only', SENTENCES && 'This client came back as an observer.')
    this.#failUnsent('read-only', error, () => this.#buffer.reject(error))
  }

  /** Bytes that were typed before a reload and never arrived. */
  missed(bytes: number): void {
    const error = new ShellSessionError(
      'shell/input_rejected',
      SENTENCES && 'It was typed before the reload and never arrived.',
    )
    this.#failUnsent('gone', error, () => bytes)
  }

  /** The session is over. `quietly`: that input was under way is no news, since the program has ended. */
  finish(error: ShellSessionError, quietly: boolean): void {
    if (quietly) this.#buffer.finish(error)
    else this.#failUnsent('ended', error, () => this.#buffer.finish(error))
  }

  /** For the buffer. */
  write(bytes: Uint8Array, offset: number): void {
    for (let at = 0; at < bytes.length; at += this.#pieceBytes) {
      this.#writePiece(bytes.subarray(at, at + this.#pieceBytes), offset + at)
    }
  }

  #writePiece(bytes: Uint8Array, offset: number): void {
    const message: ShellMessage = { channel: 'stdin', payload: bytes }
    if (this.#exact) {
      // The ring alone keeps it until it is acknowledged.
      this.#host.send(message, { delivery: 'volatile' })
      return
    }
    const delivery = this.#host.send(message, { delivery: 'once' })
    const written: Written = { from: offset, to: offset + bytes.length, delivery }
    this.#written.push(written)
    delivery.whenSettled(() => this.#settled(written))
    this.#unaskedBytes += bytes.length
    if (this.#unaskedBytes >= this.#askBytes) this.#ask()
  }

  #settled({ to, delivery }: Written): void {
    if (delivery.state !== 'acked' && delivery.state !== 'written') return
    const isFirst = this.#proven === undefined
    this.#proven = Math.max(this.#proven ?? 0, to)
    // What one pong proves is one acknowledgement, so that what waits is written whole; and not while the write that
    // settles at once is still under way.
    if (isFirst) queueMicrotask(() => this.#emitConfirmed())
  }

  #emitConfirmed(): void {
    const proven = this.#proven
    this.#proven = undefined
    if (proven !== undefined) {
      this.#written = this.#written.filter(({ to }) => to > proven)
      this.#buffer.acknowledged(proven)
    }
    this.#prove()
  }

  /** Where a caller waits for it. */
  #prove(): void {
    if (this.#buffer.isAwaited) this.#ask()
  }

  /** Awaiting a delivery asks for a proof now instead of at the next ping. */
  #ask(): void {
    const last = this.#written.at(-1)
    if (last === undefined || last === this.#asked) return
    this.#asked = last
    this.#unaskedBytes = 0
    last.delivery.done.catch(() => {})
  }

  /** A waiting `flush()` reports it; else the next one does. */
  #failUnsent(reason: LostInput['reason'], error: ShellSessionError, take: () => number): void {
    const { isFlushing } = this.#buffer
    const bytes = take()
    if (bytes <= 0) return
    if (!isFlushing) this.#unreported = error
    this.#host.events.emit('delivery', {
      kind: reason === 'doubt' ? 'inDoubt' : 'notSent',
      count: 1,
      ids: [],
      bytes,
      reason,
      error,
    })
  }
}
