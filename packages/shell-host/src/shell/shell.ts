import type { Clock } from '@holdfast/contract'
import type { ShellExit, ShellSignal, TerminalSize } from '@holdfast/protocol/shell'
import { encodeConfirmation, SHELL_CLOSE } from '@holdfast/protocol/shell'
import type { AttachRequest } from '../client/attach-request.ts'
import { Leases } from '../client/leases.ts'
import { ShellClient } from '../client/shell-client.ts'
import { ShellClients } from '../client/shell-clients.ts'
import type { ShellLimits } from '../limits.ts'
import type { PtyBackend, PtySpawn } from '../pty/pty.ts'
import { Flow } from './flow.ts'
import { handleFrame } from './frames.ts'
import { isForgotten, knownOutput } from './known-output.ts'
import { OutputPacer } from './output-pacer.ts'
import { ReattachGrace } from './reattach-grace.ts'
import { resumeOffer } from './resume-offer.ts'
import { RingBuffer } from './ring-buffer.ts'
import type { ShellParts } from './shell-parts.ts'
import { ShellProgram } from './shell-program.ts'
import { TitleWatch } from './title-watch.ts'

/** How long an old connection has to answer when its lease comes back with another instance. */
const ANSWER_MS = 1_000

export type ShellEnd = ShellExit & { readonly at: number }

/** One program, its output, and whoever is attached. Outlives every connection, and its program as a tombstone. */
export class Shell {
  readonly shellId: string
  readonly sessionId: string
  readonly owner: string
  readonly epoch: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly program: string
  /** What people call it. */
  name: string | undefined
  readonly ring: RingBuffer
  readonly clients: ShellClients = new ShellClients()
  readonly limits: ShellLimits
  readonly #parts: ShellParts<Shell>
  readonly #clock: Clock
  readonly #leases = new Leases()
  readonly #pacer: OutputPacer
  readonly #flow: Flow
  readonly #program: ShellProgram
  #end: ShellEnd | undefined
  readonly #reattachGrace: ReattachGrace
  readonly #title = new TitleWatch()
  #wasAttached = false
  /** What the last writer without acknowledgements is known to have. */
  #lastReceived = 0

  constructor(parts: ShellParts<Shell>) {
    this.#parts = parts
    this.shellId = parts.shellId
    this.sessionId = parts.sessionId
    this.owner = parts.owner
    this.epoch = parts.epoch
    this.startedAt = parts.clock.epoch()
    this.program = parts.program
    this.name = parts.name
    this.limits = parts.limits
    this.#clock = parts.clock
    this.ring = new RingBuffer(parts.limits.ringBytes)
    this.#reattachGrace = new ReattachGrace(parts.clock, parts.limits.holdForReturnMs, () => this.#flow.check())
    this.#pacer = new OutputPacer(parts.clock, () => this.clients.pump())
    this.#flow = new Flow({
      source: { unconsumed: () => this.#unconsumed(), socketBytes: () => this.clients.writer?.socketBytes ?? 0 },
      limits: parts.limits,
      clock: parts.clock,
      apply: (paused) => this.#program.setPaused(paused),
    })
    this.#program = new ShellProgram({
      ...parts,
      inputQueueBytes: parts.limits.inputQueueBytes,
      killing: () => this.#flow.stop(),
    })
  }

  /** How the program ended; `undefined` while it runs. */
  get end(): ShellEnd | undefined {
    return this.#end
  }

  /** What its program calls its terminal; `undefined` where it said nothing. */
  get title(): string | undefined {
    return this.#title.text
  }

  get size(): TerminalSize {
    return this.#program.size
  }

  get pid(): number | undefined {
    return this.#program.pid
  }

  get detaches(): boolean {
    return this.#parts.detaches
  }

  /** It has a client, or was made for one that is about to attach. */
  get isAttached(): boolean {
    return this.clients.size > 0 || !this.#wasAttached
  }

  /** Somebody wants it gone: nobody attaches any more. */
  get isKilled(): boolean {
    return this.#program.isKilled
  }

  /** Starts the program, once. @throws `shell/spawn_failed` */
  start(backend: PtyBackend, spawn: PtySpawn): Promise<void> {
    return this.#program.start(backend, spawn, {
      output: (chunk) => this.#output(chunk),
      errorOutput: (chunk) => {
        for (const client of this.clients) client.sendError(chunk)
        this.#flow.check()
      },
      exit: (exit) => this.#exited({ kind: 'exit', ...exit, at: this.#clock.epoch() }),
    })
  }

  /**
   * Attaches a client, in one synchronous step: the same client's old connection is dropped, positions are settled, the
   * confirmation and the replay go out, and live output follows without a seam (shell §5).
   * @throws `shell/conflict`, `shell/too_many`
   */
  attach(request: AttachRequest): ShellClient {
    const { target } = request
    this.#wasAttached = true
    const wanted = target.lease ?? this.#parts.newId()
    this.clients.replace(wanted)
    const role = this.clients.roleFor(request, wanted, this.limits.maxObservers)
    const known = {
      ...{ epoch: this.epoch, ring: this.ring, role, lease: this.#leases.find(wanted) },
      lastReceived: Math.max(this.#lastReceived, this.clients.confirmedWithoutLease),
    }
    const has = knownOutput(target, known)
    const lease = this.#leases.of(isForgotten(target, known) ? this.#parts.newId() : wanted, role)
    const client = new ShellClient({
      ...request,
      mayTakeOver: request.permissions.takeover && request.permissions.write,
      mayKill: request.permissions.kill,
      lease,
      role,
      ring: this.ring,
      limits: this.limits,
      clock: this.#clock,
      events: {
        frame: (from, frame) => handleFrame(this, from, frame),
        ended: (gone) => this.#left(gone),
        progressed: (from) => this.progressed(from),
      },
    })
    this.clients.add(client)
    if (role === 'writer') this.#reattachGrace.stop()
    this.#begin(client, has, request.reconnected, (out, confirmation) => client.start(out, confirmation))
    this.#flow.check()
    return client
  }

  /**
   * What a client asks for, when it is known who it is. A lease whose connection lives and answers belongs to another one:
   * this client has a copy of its checkpoint, and watches under a lease of its own unless it asked for something else.
   */
  async settleTarget(target: AttachRequest['target']): Promise<AttachRequest['target']> {
    const rival = this.clients.rivalOf(target)
    if (rival === undefined || !(await rival.answers(ANSWER_MS))) return target
    return { ...target, lease: undefined, onConflict: target.onConflict ?? 'observe' }
  }

  /** Attaches a client again on the connection it has, from the beginning of the ring. */
  snapshot(client: ShellClient): void {
    this.#begin(client, this.ring.start, true, (out, confirmation) => client.rewind(out, confirmation))
  }

  /** The client's own idea of its lease wins. */
  hello(client: ShellClient, leaseId: string, input: number, instance?: string): void {
    client.extended = true
    client.instance = instance ?? client.instance
    if (leaseId !== client.lease.id) this.clients.replace(leaseId)
    client.lease = this.#leases.adopt(client.lease, leaseId, client.role, input)
    client.acknowledgeInput()
    this.#flow.check()
  }

  /** Makes an observer the writer. */
  promote(client: ShellClient): void {
    this.#leases.keep(client.lease)
    this.clients.promote(client)
  }

  progressed(client: ShellClient): void {
    if (client === this.clients.writer) this.#flow.check()
  }

  /** Input of the writer. The connection is not read on while too much of it waits. */
  write(client: ShellClient, bytes: Uint8Array): void {
    const { lease } = client
    lease.accepted += bytes.length
    const { input } = this.#program
    if (input === undefined) {
      lease.written += bytes.length
      return client.inputWritten()
    }
    this.#pacer.typed()
    input.push(bytes, (count) => {
      lease.written += count
      for (const current of this.clients) if (current.lease === lease) current.inputWritten()
    })
    if (!input.isFull) return
    input.whenRoom(client.readPause.begin())
  }

  endInput(): void {
    this.#program.input?.end()
  }

  resize(client: ShellClient | undefined, size: TerminalSize): void {
    if (this.#end !== undefined) return
    this.#program.resize(size)
    for (const other of this.clients) if (other !== client) other.control({ type: 'resized', size })
  }

  /** Sends a signal to what runs in the foreground, past the input that waits. */
  signal(name: ShellSignal): Promise<void> {
    return this.#program.signal(name)
  }

  /** Ends the shell and everything it started. Twice is once. @returns the process ids that are left. */
  kill(): Promise<number[]> {
    const isFirst = !this.#program.isKilled
    const killed = this.#program.kill()
    if (isFirst) this.#parts.changed(this, 'killed')
    return killed
  }

  /** Frees everything. The program must have ended or been killed. */
  dispose(): void {
    this.clients.close(SHELL_CLOSE.expired, 'expired')
    this.#reattachGrace.stop()
    this.#pacer.stop()
    this.#flow.stop()
    this.#program.dispose()
  }

  #begin(
    client: ShellClient,
    known: number,
    reconnected: boolean,
    start: (out: number, confirmation: () => Uint8Array) => void,
  ): void {
    const out = this.ring.replayFrom(known)
    const { lease } = client
    // What a returning client holds unconsumed still counts against its window.
    lease.consumed = lease.received === undefined ? out : Math.min(lease.consumed, out)
    lease.received = out
    const { role } = client
    const offered = { epoch: this.epoch, role, out, live: this.ring.end, in: lease.accepted, lease: lease.id }
    const holdfast = resumeOffer(offered, this.size, this.limits)
    const { shellId } = this
    start(out, () => encodeConfirmation({ shellId, reconnected, bytesDropped: Math.max(0, out - known), holdfast }))
    if (this.#end !== undefined) client.exited(this.#end)
  }

  #output(chunk: Uint8Array): void {
    this.ring.append(chunk)
    this.#title.feed(chunk)
    this.#pacer.added(chunk.length)
    this.#flow.check()
  }

  #exited(end: ShellEnd): void {
    this.#end = end
    this.#pacer.stop()
    this.#reattachGrace.stop()
    for (const client of [...this.clients]) client.exited(end)
    this.ring.compact()
    this.#flow.stop()
    this.#program.ended()
    this.#parts.changed(this, 'ended')
  }

  #left(client: ShellClient): void {
    const wasWriter = this.clients.writer === client
    this.clients.remove(client)
    if (client.role === 'writer' && !client.extended) this.#lastReceived = client.confirmed
    if (wasWriter && client.extended && !client.detached && this.#end === undefined)
      this.#reattachGrace.begin(client.lease)
    this.#flow.check()
    this.#parts.changed(this, 'left')
  }

  #unconsumed(): number | undefined {
    const writer = this.clients.writer
    const lease = writer?.extended ? writer.lease : writer === undefined ? this.#reattachGrace.lease : undefined
    return lease === undefined ? undefined : this.ring.end - lease.consumed
  }
}
