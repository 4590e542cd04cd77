import type { Clock } from '@holdfast/contract'
import type { ShellExit, ShellSignal, TerminalSize } from '@holdfast/protocol/shell'
import { encodeConfirmation, SHELL_CLOSE } from '@holdfast/protocol/shell'
import { shellError } from '../errors.ts'
import type { ShellLimits } from '../limits.ts'
import { killTree } from '../pty/kill-tree.ts'
import { signalForeground } from '../pty/process-table.ts'
import type { PtyBackend, PtyProcess, PtySpawn } from '../pty/pty.ts'
import type { AttachRequest } from '../viewer/attach-request.ts'
import { Leases } from '../viewer/leases.ts'
import type { Role } from '../viewer/role.ts'
import { Viewer } from '../viewer/viewer.ts'
import { Viewers } from '../viewer/viewers.ts'
import { AwaitedReturn } from './awaited-return.ts'
import { Flow } from './flow.ts'
import { handleFrame } from './frames.ts'
import { InputQueue } from './input-queue.ts'
import { knownOutput } from './known-output.ts'
import { OutputPacer } from './output-pacer.ts'
import { resumeOffer } from './resume-offer.ts'
import { RingBuffer } from './ring-buffer.ts'
import type { ShellParts } from './shell-parts.ts'

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
  readonly ring: RingBuffer
  readonly viewers: Viewers = new Viewers()
  readonly limits: ShellLimits
  readonly #parts: ShellParts<Shell>
  readonly #clock: Clock
  readonly #leases = new Leases()
  readonly #pacer: OutputPacer
  readonly #flow: Flow
  #starting: Promise<void> | undefined
  #process: PtyProcess | undefined
  #input: InputQueue | undefined
  #size: TerminalSize = { width: 80, height: 24 }
  #end: ShellEnd | undefined
  #kill: Promise<number[]> | undefined
  readonly #awaited: AwaitedReturn
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
    this.limits = parts.limits
    this.#clock = parts.clock
    this.ring = new RingBuffer(parts.limits.ringBytes)
    this.#awaited = new AwaitedReturn(parts.clock, parts.limits.holdForReturnMs, () => this.#flow.check())
    this.#pacer = new OutputPacer(parts.clock, () => this.viewers.pump())
    this.#flow = new Flow({
      source: { unconsumed: () => this.#unconsumed(), socketBytes: () => this.viewers.writer?.socketBytes ?? 0 },
      limits: parts.limits,
      clock: parts.clock,
      apply: (paused) => (paused ? this.#process?.pause() : this.#process?.resume()),
    })
  }

  /** How the program ended; `undefined` while it runs. */
  get end(): ShellEnd | undefined {
    return this.#end
  }

  get size(): TerminalSize {
    return this.#size
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  get detaches(): boolean {
    return this.#parts.detaches
  }

  /** It has a client, or was made for one that is about to attach. */
  get isAttached(): boolean {
    return this.viewers.size > 0 || !this.#wasAttached
  }

  /** Somebody wants it gone: nobody attaches any more. */
  get isKilled(): boolean {
    return this.#kill !== undefined
  }

  /** Starts the program, once. @throws `shell/spawn_failed` */
  start(backend: PtyBackend, spawn: PtySpawn): Promise<void> {
    this.#size = spawn.size
    this.#starting = this.#spawn(backend, spawn)
    return this.#starting
  }

  /**
   * Attaches a client, in one synchronous step: the same client's old connection is dropped, positions are settled, the
   * confirmation and the replay go out, and live output follows without a seam (shell §5).
   * @throws `shell/conflict`, `shell/too_many`
   */
  attach(request: AttachRequest): Viewer {
    const { target } = request
    this.#wasAttached = true
    const wanted = target.lease ?? this.#parts.newId()
    this.viewers.replace(wanted)
    const role = this.viewers.roleFor({
      observe: target.observe === true,
      onConflict: target.onConflict ?? 'takeover',
      lease: wanted,
      mayWrite: request.permissions.write,
      mayTakeOver: request.permissions.takeover,
    })
    if (role === 'conflict') throw shellError('shell/conflict', 'Another client writes to this shell.')
    if (role === 'observer' && this.viewers.observers >= this.limits.maxObservers) {
      throw shellError('shell/too_many', `This shell has ${this.limits.maxObservers} observers already.`)
    }
    const known = knownOutput(target, {
      ...{ epoch: this.epoch, ring: this.ring, role, lease: this.#leases.find(wanted) },
      lastReceived: Math.max(this.#lastReceived, this.viewers.confirmedWithoutLease),
    })
    const lease = this.#leases.of(this.#isForgotten(target, role) ? this.#parts.newId() : wanted, role)
    const viewer = new Viewer({
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
    this.viewers.add(viewer)
    if (role === 'writer') this.#awaited.stop()
    this.#begin(viewer, known, request.reconnected, (out, confirmation) => viewer.start(out, confirmation))
    this.#flow.check()
    return viewer
  }

  /**
   * What a client asks for, when it is known who it is. A lease whose connection lives and answers belongs to another one:
   * this client has a copy of its checkpoint, and watches under a lease of its own unless it asked for something else.
   */
  async told(target: AttachRequest['target']): Promise<AttachRequest['target']> {
    const rival = this.viewers.rivalOf(target)
    if (rival === undefined || !(await rival.answers(ANSWER_MS))) return target
    return { ...target, lease: undefined, onConflict: target.onConflict ?? 'observe' }
  }

  /** Attaches a client again on the connection it has, from the beginning of the ring. */
  snapshot(viewer: Viewer): void {
    this.#begin(viewer, this.ring.start, true, (out, confirmation) => viewer.rewind(out, confirmation))
  }

  /** The client's own idea of its lease wins. */
  hello(viewer: Viewer, leaseId: string, input: number, instance?: string): void {
    viewer.extended = true
    viewer.instance = instance ?? viewer.instance
    if (leaseId !== viewer.lease.id) this.viewers.replace(leaseId)
    viewer.lease = this.#leases.adopt(viewer.lease, leaseId, viewer.role, input)
    viewer.acknowledgeInput()
    this.#flow.check()
  }

  /** Makes an observer the writer. */
  promote(viewer: Viewer): void {
    this.#leases.keep(viewer.lease)
    this.viewers.promote(viewer)
  }

  progressed(viewer: Viewer): void {
    if (viewer === this.viewers.writer) this.#flow.check()
  }

  /** Input of the writer. The connection is not read on while too much of it waits. */
  write(viewer: Viewer, bytes: Uint8Array): void {
    const { lease } = viewer
    lease.accepted += bytes.length
    const input = this.#input
    if (input === undefined || this.#end !== undefined) {
      lease.written += bytes.length
      return viewer.inputWritten()
    }
    this.#pacer.typed()
    input.push(bytes, (count) => {
      lease.written += count
      for (const current of this.viewers) if (current.lease === lease) current.inputWritten()
    })
    if (!input.isFull) return
    input.whenRoom(viewer.reading.hold())
  }

  endInput(): void {
    this.#input?.end()
  }

  resize(viewer: Viewer | undefined, size: TerminalSize): void {
    if (this.#end !== undefined) return
    this.#size = size
    this.#process?.resize(size)
    for (const other of this.viewers) if (other !== viewer) other.control({ type: 'resized', size })
  }

  /** Sends a signal to what runs in the foreground, past the input that waits. */
  async signal(name: ShellSignal): Promise<void> {
    const { pid } = this
    if (pid !== undefined && this.#end === undefined) await signalForeground(pid, name, () => this.#end === undefined)
  }

  /** Ends the shell and everything it started. Twice is once. @returns the process ids that are left. */
  kill(): Promise<number[]> {
    if (this.#kill === undefined) {
      this.#kill = this.#killAll()
      this.#parts.changed(this, 'killed')
    }
    return this.#kill
  }

  /** Frees everything. The program must have ended or been killed. */
  dispose(): void {
    this.viewers.close(SHELL_CLOSE.expired, 'expired')
    this.#awaited.stop()
    this.#pacer.stop()
    this.#flow.stop()
    this.#process?.dispose()
  }

  async #spawn(backend: PtyBackend, spawn: PtySpawn): Promise<void> {
    const process = await backend.spawn(spawn, {
      output: (chunk) => this.#output(chunk),
      errorOutput: (chunk) => {
        for (const viewer of this.viewers) viewer.sendError(chunk)
        this.#flow.check()
      },
      exit: (exit) => this.#exited({ kind: 'exit', ...exit, at: this.#clock.epoch() }),
    })
    this.#process = process
    this.#input = new InputQueue(process, this.limits.inputQueueBytes)
  }

  async #killAll(): Promise<number[]> {
    // What is about to start would be missed.
    await this.#starting?.catch(() => {})
    const process_ = this.#process
    if (process_ === undefined) return []
    this.#flow.stop()
    const pid = this.#end === undefined ? process_.pid : undefined
    const left = await killTree({ pid, mark: this.#parts.mark }, { clock: this.#clock })
    if (left.length > 0) this.#parts.logger.warn('processes outlived their shell', { shellId: this.shellId, left })
    return left
  }

  /**
   * It wrote to this very program once, and what arrived of it is not known any more. Under its old lease it would send
   * that again; under a new one it takes it for in doubt (shell §5).
   */
  #isForgotten({ lease, epoch }: AttachRequest['target'], role: Role): boolean {
    return role === 'writer' && lease !== undefined && epoch === this.epoch && this.#leases.find(lease) === undefined
  }

  #begin(
    viewer: Viewer,
    known: number,
    reconnected: boolean,
    start: (out: number, confirmation: () => Uint8Array) => void,
  ): void {
    const out = this.ring.replayFrom(known)
    const { lease } = viewer
    // What a returning client holds unconsumed still counts against its window.
    lease.consumed = lease.received === undefined ? out : Math.min(lease.consumed, out)
    lease.received = out
    const { role } = viewer
    const offered = { epoch: this.epoch, role, out, live: this.ring.end, in: lease.accepted, lease: lease.id }
    const holdfast = resumeOffer(offered, this.#size, this.limits)
    const { shellId } = this
    start(out, () => encodeConfirmation({ shellId, reconnected, bytesDropped: Math.max(0, out - known), holdfast }))
    if (this.#end !== undefined) viewer.exited(this.#end)
  }

  #output(chunk: Uint8Array): void {
    this.ring.append(chunk)
    this.#pacer.added(chunk.length)
    this.#flow.check()
  }

  #exited(end: ShellEnd): void {
    this.#end = end
    this.#pacer.stop()
    this.#awaited.stop()
    for (const viewer of [...this.viewers]) viewer.exited(end)
    this.ring.compact()
    this.#flow.stop()
    this.#input?.abandon()
    this.#parts.changed(this, 'ended')
  }

  #left(viewer: Viewer): void {
    const wasWriter = this.viewers.writer === viewer
    this.viewers.remove(viewer)
    if (viewer.role === 'writer' && !viewer.extended) this.#lastReceived = viewer.confirmed
    if (wasWriter && viewer.extended && !viewer.detached && this.#end === undefined) this.#awaited.begin(viewer.lease)
    this.#flow.check()
    this.#parts.changed(this, 'left')
  }

  #unconsumed(): number | undefined {
    const writer = this.viewers.writer
    const lease = writer?.extended ? writer.lease : writer === undefined ? this.#awaited.lease : undefined
    return lease === undefined ? undefined : this.ring.end - lease.consumed
  }
}
