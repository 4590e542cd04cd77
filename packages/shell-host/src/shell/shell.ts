import type { Clock } from '@holdfast/contract'
import type { ShellExit, ShellSignal, TerminalSize, TerminalSizing } from '@holdfast/protocol/shell'
import { SHELL_CLOSE } from '@holdfast/protocol/shell'
import type { AttachRequest } from '../client/attach-request.ts'
import type { Lease } from '../client/known-writers.ts'
import type { OutputBeginning } from '../client/output-sender.ts'
import type { Role } from '../client/role.ts'
import { ShellClient } from '../client/shell-client.ts'
import { ShellClients } from '../client/shell-clients.ts'
import type { ShellLimits } from '../limits.ts'
import type { PtyBackend, PtySpawn } from '../pty/pty.ts'
import { QueryRouter } from '../screen/query-router.ts'
import type { ScreenPicture } from '../screen/screen-model.ts'
import { ClientPositions } from './client-positions.ts'
import { handleFrame } from './handle-frame.ts'
import { ReattachGrace } from './reattach-grace.ts'
import type { RingBuffer } from './ring-buffer.ts'
import { ShellOutput } from './shell-output.ts'
import type { ShellParts } from './shell-parts.ts'
import { ShellProgram } from './shell-program.ts'
import { isSameSize, SizingRule } from './terminal-sizing.ts'

/** How long an old connection has to answer when its lease comes back with another instance. */
const ANSWER_MS = 1_000

export type ShellEnd = ShellExit & { readonly at: number }

/** One program, its output, and its clients. Outlives every connection, and its program as a tombstone. */
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
  readonly clients: ShellClients = new ShellClients()
  readonly limits: ShellLimits
  readonly #parts: ShellParts<Shell>
  readonly #clock: Clock
  readonly #positions: ClientPositions
  readonly #output: ShellOutput
  readonly #queries: QueryRouter
  readonly #sizing: SizingRule<ShellClient>
  readonly #program: ShellProgram
  #end: ShellEnd | undefined
  readonly #reattachGrace: ReattachGrace

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
    this.#reattachGrace = new ReattachGrace(parts.clock, parts.limits.holdForReturnMs, () => this.#givenUp())
    this.#queries = new QueryRouter((text) => this.#program.type(text))
    this.#sizing = new SizingRule(parts.sizing)
    this.#output = new ShellOutput({
      ...parts,
      source: {
        unconsumed: () => this.#unconsumed(),
        socketBytes: () => this.clients.writer?.channel.bufferedBytes ?? 0,
      },
      pump: () => this.clients.pump(),
      pause: (paused) => this.#program.setPaused(paused),
      asked: (question) => this.#queries.asked(question),
    })
    this.#positions = new ClientPositions({
      ...parts,
      ring: this.#output.ring,
      clients: this.clients,
      queries: this.#queries,
      size: () => this.size,
      isTerminal: () => this.#output.hasScreen,
      isStopped: () => this.#output.isStopped,
    })
    this.#program = new ShellProgram({
      ...parts,
      inputQueueBytes: parts.limits.inputQueueBytes,
      killing: () => this.#output.release(),
    })
    parts.recorder?.follow(() => this.#program.hidesInput())
  }

  /** How the program ended; `undefined` while it runs. */
  get end(): ShellEnd | undefined {
    return this.#end
  }

  /** What its program calls its terminal; `undefined` where it said nothing. */
  get title(): string | undefined {
    return this.#output.title
  }

  get ring(): RingBuffer {
    return this.#output.ring
  }

  get sizing(): TerminalSizing {
    return this.#sizing.sizing
  }

  get size(): TerminalSize {
    return this.#program.size
  }

  get pid(): number | undefined {
    return this.#program.pid
  }

  /** The id of the recording that is made of it. */
  get recording(): string | undefined {
    return this.#parts.recorder?.id
  }

  get detaches(): boolean {
    return this.#parts.detaches
  }

  /** It has a client, or was made for one that is about to attach. */
  get isAttached(): boolean {
    return this.clients.size > 0 || !this.#positions.wasAttached
  }

  /** It is to end: no client may attach any more. */
  get isKilled(): boolean {
    return this.#program.isKilled
  }

  /** Starts the program, once. A terminal that outlives its clients is drawn here too. @throws `shell/spawn_failed` */
  start(backend: PtyBackend, spawn: PtySpawn, isTerminal: boolean): Promise<void> {
    if (isTerminal && this.detaches) this.#output.openScreen(spawn.size)
    return this.#program.start(backend, spawn, {
      output: (chunk) => this.#output.add(chunk),
      errorOutput: (chunk) => {
        for (const client of this.clients) client.errors.send(chunk)
        this.#output.check()
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
    const isFirst = !this.#positions.wasAttached
    const wanted = target.lease ?? this.#parts.newId()
    this.clients.replace(wanted)
    const role = this.clients.roleFor(request, wanted, this.limits.maxObservers)
    const { lease, has } = this.#positions.settle(target, wanted, role)
    const client = this.#clientOf(request, lease, role)
    if (role === 'writer') this.#detachWriter(lease)
    else if (isFirst) this.#queries.writerDetached({ confirmed: 0, sent: 0, mayReturn: false })
    this.clients.add(client)
    if (role === 'writer') this.#reattachGrace.stop()
    this.#begin(client, client.start.bind(client), { ...request, has })
    if (target.size !== undefined && this.sizing === 'smallest') this.resize(client, target.size)
    this.#audience()
    return client
  }

  /** What the terminal shows, where this client needs it; `undefined` where it continues from what it has. */
  async pictureFor(target: AttachRequest['target']): Promise<ScreenPicture | undefined> {
    return this.#output.hasScreen && this.#positions.needsPicture(target) ? this.#output.picture() : undefined
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

  /** Attaches a client again on the connection it has: with a picture, or from the beginning of the ring. */
  async snapshot(client: ShellClient): Promise<void> {
    const picture = client.screen === 'frames' ? await this.#output.picture() : undefined
    const again = { target: { screen: client.screen }, picture, reconnected: true, has: undefined }
    if (client.isLive) this.#begin(client, client.rewind.bind(client), again)
  }

  /** The client's own idea of its lease wins. */
  hello(client: ShellClient, leaseId: string, input: number, instance?: string): void {
    client.extended = true
    client.instance = instance ?? client.instance
    if (leaseId !== client.lease.id) this.clients.replace(leaseId)
    this.#positions.adopt(client, leaseId, input)
    client.acknowledgeInput()
    this.#output.check()
  }

  /** Makes an observer the writer. */
  promote(client: ShellClient): void {
    this.#positions.keep(client)
    this.#detachWriter(client.lease)
    this.clients.promote(client)
    this.#queries.writerAttached({ received: 0, live: client.sent, isTerminal: client.screen !== 'none' })
    this.#audience()
  }

  progressed(client: ShellClient): void {
    if (client !== this.clients.writer) return
    this.#queries.writerConfirmed(client.confirmed)
    this.#output.check()
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
    this.#output.typed(bytes)
    this.#parts.recorder?.typed(bytes)
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

  /** A client's window has another size. All clients that do not know it get the size of the terminal. */
  resize(client: ShellClient, window: TerminalSize): void {
    const size = this.#sizing.resized(client, window)
    this.#setSize(size, isSameSize(size, window) ? client : undefined)
  }

  /** Sends a signal to what runs in the foreground, past the input that waits. */
  signal(name: ShellSignal): void {
    this.#program.signal(name)
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
    this.#output.dispose()
    this.#program.dispose()
  }

  #begin(
    client: ShellClient,
    start: (beginning: OutputBeginning) => void,
    request: Parameters<ClientPositions['begin']>[1],
  ): void {
    start(this.#positions.begin(client, request))
    if (this.#end !== undefined) client.exited(this.#end)
  }

  #clientOf(request: AttachRequest, lease: Lease, role: Role): ShellClient {
    return new ShellClient({
      ...request,
      mayTakeOver: request.permissions.takeover && request.permissions.write,
      mayKill: request.permissions.kill,
      lease,
      role,
      ring: this.ring,
      hasScreen: () => this.#output.hasScreen,
      limits: this.limits,
      clock: this.#clock,
      events: {
        frame: (from, frame) => handleFrame(this, from, frame),
        ended: (gone) => this.#left(gone),
        progressed: (from) => this.progressed(from),
        behind: async (from) => from.catchUp(await this.#output.picture()),
      },
    })
  }

  #setSize(size: TerminalSize, knows: ShellClient | undefined): void {
    if (this.#end !== undefined) return
    if (!isSameSize(size, this.size)) {
      this.#program.resize(size)
      this.#output.resize(size)
    }
    for (const client of this.clients) if (client !== knows) client.control({ type: 'resized', size })
  }

  /** The writer, or the one that was waited for, is about to lose that role, unless it is the one that comes. */
  #detachWriter(coming: Lease): void {
    const { writer } = this.clients
    if (writer !== undefined)
      this.#queries.writerDetached({ confirmed: writer.confirmed, sent: writer.sent, mayReturn: false })
    else if (this.#reattachGrace.lease !== coming) this.#queries.writerExpired()
  }

  /** No client is waited for any more. */
  #givenUp(): void {
    this.#queries.writerExpired()
    this.#output.check()
  }

  #audience(): void {
    this.#output.setAudience({ hasWriter: this.clients.writer !== undefined, isAlone: this.clients.size === 0 })
    this.#output.check()
  }

  #exited(end: ShellEnd): void {
    this.#end = end
    this.#parts.recorder?.ended(end.code)
    this.#reattachGrace.stop()
    for (const client of [...this.clients]) client.exited(end)
    this.#output.ended()
    this.#program.ended()
    this.#parts.changed(this, 'ended')
  }

  #left(client: ShellClient): void {
    const wasWriter = this.clients.writer === client
    this.clients.remove(client)
    this.#positions.left(client)
    const mayReturn = client.extended && !client.detached && this.#end === undefined
    if (wasWriter && mayReturn) this.#reattachGrace.begin(client.lease)
    if (wasWriter) this.#queries.writerDetached({ confirmed: client.confirmed, sent: client.sent, mayReturn })
    const size = this.#sizing.left(client)
    if (size !== undefined) this.#setSize(size, undefined)
    this.#audience()
    this.#parts.changed(this, 'left')
  }

  #unconsumed(): number | undefined {
    const writer = this.clients.writer
    const lease = writer?.extended ? writer.lease : writer === undefined ? this.#reattachGrace.lease : undefined
    return lease === undefined ? undefined : this.ring.end - lease.consumed
  }
}
