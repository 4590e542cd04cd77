import type { Clock, WebSocketChannel, WebSocketFrame } from '@holdfast/contract'
import { ExpiryWatch } from '@holdfast/gate/internals'
import type { ServerControl, ShellExit } from '@holdfast/protocol/shell'
import { encodeControl, SHELL_CLOSE } from '@holdfast/protocol/shell'
import { encodeFrame, encodeFrames } from '@holdfast/shell-framing'
import type { ShellLimits } from '../limits.ts'
import type { ScreenPicture } from '../screen/screen-model.ts'
import { COALESCE_BYTES } from '../shell/flow.ts'
import type { RingBuffer } from '../shell/ring-buffer.ts'
import { caughtUp } from './caught-up.ts'
import type { Dialect } from './dialects/dialect.ts'
import { ErrorOutput } from './error-output.ts'
import { ExitSender } from './exit-sender.ts'
import { InputAcks } from './input-acks.ts'
import { Keepalive } from './keepalive.ts'
import type { Lease } from './known-writers.ts'
import { type OutputBeginning, OutputSender } from './output-sender.ts'
import { PresenceProbe } from './presence-probe.ts'
import { ReadPause } from './read-pause.ts'
import type { Role, Streams } from './role.ts'
import type { ShellClientEvents, ShellClientParts } from './shell-client-parts.ts'

/** How soon a pong is asked for after output to a client that acknowledges nothing. */
const PROBE_MS = 100

/** One attached connection: its position in the output, and what it has been sent. */
export class ShellClient {
  readonly channel: WebSocketChannel
  readonly dialect: Dialect
  readonly principalId: string
  readonly mayTakeOver: boolean
  readonly mayKill: boolean
  role: Role
  lease: Lease
  /** The client acknowledges and understands control messages: it has said hello, now or before it dropped. */
  extended: boolean
  /** Distinguishes this client from others with a copy of its checkpoint; undefined where it did not say. */
  instance: string | undefined
  /** What it does with a picture of the terminal. */
  readonly screen: 'frames' | 'none' | undefined
  /** It left on purpose: it is not waited for. */
  detached = false
  /** It wants the shell gone and waits to hear that nothing is left. */
  killing = false
  readonly readPause: ReadPause
  readonly #streams: Streams
  readonly #ring: RingBuffer
  readonly #hasScreen: () => boolean
  readonly #limits: ShellLimits
  readonly #clock: Clock
  readonly #events: ShellClientEvents<ShellClient>
  readonly #keepalive: Keepalive
  readonly #expiry: ExpiryWatch
  readonly #output: OutputSender
  /** Error output of a program without a terminal, and diagnostics. */
  readonly errors: ErrorOutput
  /** Made when the client is first asked whether it is there. */
  #presence: PresenceProbe | undefined
  readonly #acks: InputAcks
  #live = true
  /** It is about to get a picture. */
  #isBehind = false
  #exit: ExitSender | undefined
  #confirmed = 0

  constructor(parts: ShellClientParts<ShellClient>) {
    this.channel = parts.channel
    this.dialect = parts.dialect
    this.principalId = parts.principalId
    this.mayTakeOver = parts.mayTakeOver
    this.mayKill = parts.mayKill
    this.lease = parts.lease
    this.extended = parts.lease.acknowledges
    this.role = parts.role
    this.instance = parts.target.instance
    this.screen = parts.target.screen
    this.#streams = parts.streams
    this.#ring = parts.ring
    this.#hasScreen = parts.hasScreen
    this.#limits = parts.limits
    this.#clock = parts.clock
    this.#events = parts.events
    // A program that ends with its connection was let in whole.
    this.#expiry = new ExpiryWatch(
      parts.clock,
      { expiresAt: parts.dialect.detaches ? parts.expiresAt : undefined },
      {
        expiring: () => {},
        expired: () => this.close(SHELL_CLOSE.credentialsEnded, 'the credentials have ended'),
      },
    )
    const { pingIntervalMs: intervalMs, pongTimeoutMs: timeoutMs } = parts.limits
    this.#acks = new InputAcks(parts.channel, parts.clock, () => this.lease.written)
    this.#output = this.#outputSender()
    this.errors = new ErrorOutput(this, parts.streams.stderr, parts.limits.observerBytes)
    this.readPause = new ReadPause(parts.channel, () => this.#keepalive.readOn())
    this.#keepalive = new Keepalive(parts.channel, {
      clock: parts.clock,
      intervalMs,
      timeoutMs,
      probeMs: PROBE_MS,
      sent: () => this.#output.next,
      isReading: () => !this.readPause.isPaused,
      received: (offset) => {
        if (!this.extended) this.acknowledged(offset, 0)
      },
    })
  }

  /** False once the connection has ended or was dropped: nothing it says counts any more. */
  get isLive(): boolean {
    return this.#live
  }

  /** The output that was handed over to this client. */
  get sent(): number {
    return this.#output.next
  }

  /** The output that this client is known to have. */
  get confirmed(): number {
    return this.#confirmed
  }

  get isCaughtUp(): boolean {
    return this.#output.isDone
  }

  get hasAcknowledgedAll(): boolean {
    return this.extended && this.#confirmed >= this.#ring.end
  }

  /** Whether the client is there: it is asked, and anything that it says counts. One that is not read cannot answer. */
  answers(withinMs: number): Promise<boolean> {
    if (!this.#live || this.readPause.isPaused) return Promise.resolve(this.#live)
    this.#presence ??= new PresenceProbe(this.channel, this.#clock)
    return this.#presence.ask(withinMs)
  }

  /** Begins: the opening message, the output from `out` on, then frames of the client. */
  start(beginning: OutputBeginning): void {
    this.rewind(beginning)
    this.channel.start({
      frame: (frame) => this.#frame(frame),
      pong: () => {
        this.#keepalive.pong()
        this.#presence?.settle(true)
      },
      closed: () => this.#closed(),
    })
    this.#expiry.start()
  }

  /** Continues at another position of the output, with an opening message of its own. */
  rewind({ out, had, confirmation, holes, screen }: OutputBeginning): void {
    this.#output.rewind(out, holes)
    this.#confirmed = had
    const opening = this.dialect.opening(confirmation)
    if (opening !== undefined) this.channel.send(opening)
    if (screen !== undefined && this.#streams.stdout) {
      for (const frame of encodeFrames(screen.channel, screen.bytes, COALESCE_BYTES)) this.channel.send(frame)
      if (!this.extended) this.#keepalive.outputSent()
    }
    this.pump()
  }

  /** What the terminal shows, in place of output that is gone; a gap where that is unknown. */
  catchUp(picture: ScreenPicture | undefined): void {
    if (!this.#live) return
    this.#isBehind = false
    const { control, frames, next } = caughtUp(picture, this.#output.next, this.#ring)
    this.control(control)
    for (const frame of frames) this.channel.send(frame)
    this.#output.rewind(next)
    this.pump()
  }

  /** Sends what there is, as far as this client's bounds allow. */
  pump(): void {
    if (this.#isBehind) return
    this.#output.pump()
    this.#exit?.send()
  }

  control(control: ServerControl): void {
    if (!this.extended || !this.#live) return
    // An observer that reads nothing at all must not gather what others do, such as a window that is resized.
    const isDeaf = this.role === 'observer' && this.channel.bufferedBytes > 2 * this.#limits.observerBytes
    if (isDeaf) this.close(SHELL_CLOSE.tooSlow, 'too slow')
    else this.channel.send(encodeFrame('ctrl', encodeControl(control)))
  }

  heartbeat(): void {
    if (this.dialect.echoesHeartbeats) this.channel.send(encodeFrame('heartbeat'))
  }

  /** The client's account of what it has. */
  acknowledged(received: number, consumed: number): void {
    // A client cannot have what it was not sent.
    const bounded = Math.min(received, this.#output.next)
    if (bounded > this.#confirmed) this.#confirmed = bounded
    this.lease.received = this.#confirmed
    this.lease.consumed = Math.max(this.lease.consumed, Math.min(consumed, bounded))
    this.#events.progressed(this)
    this.#exit?.closeWhenRead()
  }

  /** More of this client's input was written; it is acknowledged soon. */
  inputWritten(): void {
    if (this.extended && this.#live) this.#acks.due()
  }

  acknowledgeInput(): void {
    if (this.#live) this.#acks.send()
  }

  /** The program has ended. The rest of the output goes first; then how it ended; then, in time, the close. */
  exited(exit: ShellExit & { readonly at: number }): void {
    this.#exit ??= new ExitSender(this, exit, this.#clock, this.#limits.lingerMs)
    this.pump()
  }

  /** Ends the connection politely. */
  close(code: number, reason: string): void {
    if (!this.#live) return
    this.#stop()
    this.channel.close(code, reason)
    this.#events.ended(this)
  }

  /** Echoes CLOSE and ends the connection: the shell has been killed on this client's demand. */
  closeKilled(): void {
    if (this.#live && this.dialect.closeKills) this.channel.send(encodeFrame('close'))
    this.close(SHELL_CLOSE.normal, 'closed')
  }

  /** Drops the connection at once; its shell is not notified. For a client that is back on another one. */
  replace(): void {
    if (!this.#live) return
    this.#stop()
    this.channel.terminate()
  }

  /** One that reads no answers is not read either: what is asked for may be larger than the question. */
  #frame(frame: WebSocketFrame): void {
    if (!this.#live) return
    this.#presence?.settle(true)
    this.#events.frame(this, frame)
    const { socketHighBytes, ringBytes } = this.#limits
    // Above everything that output alone comes to: a slow reader can still type.
    if (this.readPause.isPaused || this.channel.bufferedBytes <= 2 * socketHighBytes + ringBytes) return
    void this.channel.drained().then(this.readPause.begin())
  }

  #outputSender(): OutputSender {
    return new OutputSender({
      channel: this.channel,
      ring: this.#ring,
      wantsOutput: this.#streams.stdout,
      observerBytes: this.#limits.observerBytes,
      isLive: () => this.#live,
      isObserver: () => this.role === 'observer',
      sent: () => {
        if (!this.extended) this.#keepalive.outputSent()
      },
      drained: () => this.pump(),
      skipped: (from, to) => this.#skipped(from, to),
    })
  }

  /** Output that this client never got is gone. It gets a snapshot or a gap, or is closed where it understands neither. */
  #skipped(from: number, to: number): boolean {
    if (this.#streams.stdout && !this.extended) {
      this.close(SHELL_CLOSE.tooSlow, 'too slow')
      return false
    }
    if (this.screen === 'frames' && this.#streams.stdout && this.#hasScreen()) {
      this.#isBehind = true
      this.#events.behind(this)
      return false
    }
    this.control({ type: 'gap', from, to })
    return true
  }

  #closed(): void {
    if (!this.#live) return
    this.#stop()
    this.#events.ended(this)
  }

  #stop(): void {
    this.#live = false
    this.#presence?.settle(false)
    this.#keepalive.stop()
    this.#expiry.stop()
    this.#exit?.stop()
    this.#acks.stop()
  }
}
