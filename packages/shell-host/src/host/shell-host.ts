import { randomBytes } from 'node:crypto'
import type { Clock, Logger, WebSocketChannel } from '@holdfast/contract'
import { type HoldfastError, silentLogger, systemClock } from '@holdfast/contract'
import { limitsFrom } from '@holdfast/gate/internals'
import { SHELL_CLOSE, type ShellTarget, type TerminalSize } from '@holdfast/protocol/shell'
import type { ShellPermissions } from '../client/attach-request.ts'
import { shellError } from '../errors.ts'
import type { ShellStats, ShellSummary } from '../generated/types.ts'
import { inPod } from '../kubernetes/pods.ts'
import { SHELL_LIMITS, type ShellLimits } from '../limits.ts'
import { defaultPty } from '../pty/default-pty.ts'
import { SHELL_MARK } from '../pty/kill-tree.ts'
import { pipes } from '../pty/pipes.ts'
import type { PtyBackend } from '../pty/pty.ts'
import { ScreenThread } from '../screen/screen-thread.ts'
import { Shell } from '../shell/shell.ts'
import { type AdmissionRequest, type AttachPlan, planOf } from './admission-request.ts'
import { refuseAttach } from './attach-refusal.ts'
import { ownerOnly } from './authorization.ts'
import { Reaper } from './reaper.ts'
import { ShellBounds } from './shell-bounds.ts'
import type { ShellHostOptions } from './shell-host-options.ts'
import { ShellLookup } from './shell-lookup.ts'
import { ShellRecorders } from './shell-recorders.ts'
import { ShellRegistry } from './shell-registry.ts'
import { programName, type ShellRef, summaryOf } from './shell-summary.ts'
import { checkedDecision, defaultPolicy, type SpawnDecision, type SpawnPolicy } from './spawn-policy.ts'

/** A request that has passed every check: what is left is the upgrade. */
export interface Authorization {
  readonly shellId: string
  readonly sessionId: string
  /** Starts the shell where there is none, and attaches. Never rejects: failures go to the channel. */
  attach(channel: WebSocketChannel): Promise<void>
}

/** Every shell of one process: starts them, finds them again, bounds them, and ends them. */
export class ShellHost {
  readonly limits: ShellLimits
  readonly clock: Clock
  readonly logger: Logger
  readonly #policy: SpawnPolicy
  readonly #lookup: ShellLookup
  readonly #backend: PtyBackend
  readonly #pipes: PtyBackend
  readonly #pods: ShellHostOptions['pods']
  readonly #recorders: ShellRecorders
  readonly #registry = new ShellRegistry()
  readonly #starting = new Map<Shell, Promise<void>>()
  readonly #killing = new Set<Promise<number[]>>()
  readonly #reaper: Reaper<Shell>
  readonly #screens: ScreenThread | undefined
  readonly #bounds: ShellBounds
  #closed = false

  constructor(options: ShellHostOptions = {}) {
    this.limits = limitsFrom(SHELL_LIMITS, options.limits)
    this.clock = options.clock ?? systemClock
    this.logger = options.logger ?? silentLogger
    this.#policy = options.policy ?? defaultPolicy()
    this.#lookup = new ShellLookup(this.#registry, options.authorize ?? ownerOnly)
    this.#backend = options.backend ?? defaultPty({ clock: this.clock, logger: this.logger })
    this.#pods = options.pods
    this.#recorders = new ShellRecorders(options.recording, this.clock, this.logger)
    this.#pipes = options.pipes ?? pipes({ clock: this.clock })
    this.#screens = options.screens === false ? undefined : new ScreenThread({ clock: this.clock, logger: this.logger })
    this.#bounds = new ShellBounds(this.#registry, this.limits, (old) => this.#drop(old))
    this.#reaper = new Reaper(this.clock, (shell) => this.#expire(shell))
  }

  /** Every shell, running and ended. One that was killed is none any more. */
  list(): ShellSummary[] {
    return [...this.#registry].filter((shell) => !shell.isKilled).map(summaryOf)
  }

  /** Numbers for metrics. */
  stats(): ShellStats {
    const { running, attached, ringBytes } = this.#registry
    return { running, attached, ringBytes }
  }

  /**
   * Checks a request before it is upgraded and before anything is started.
   * @throws `shell/not_found`, `shell/forbidden`, `shell/conflict`, `shell/too_many`, `shell/not_allowed`, `shell/draining`
   */
  async admit(asked: AdmissionRequest): Promise<Authorization> {
    if (this.#closed) throw shellError('shell/draining', 'This server is going away.')
    const request = await inPod(asked, this.#pods?.(), (pod) => this.#lookup.inPod(asked.principal, pod))
    const plan = planOf(request)
    const { principal } = request
    const known = await this.#lookup.find(request, plan)
    const found = known?.shell
    const permissions = known?.permissions ?? (await this.#lookup.permissions(principal, undefined, plan))
    if (found === undefined) {
      if (request.mustExist === true) throw notFound(plan.shellId)
      // What would have no writer is not started.
      if (plan.target.observe === true) throw notFound(plan.shellId)
      if (!permissions.create && principal.grant?.shell === plan.shellId) throw notFound(plan.shellId)
      if (!permissions.create) throw shellError('shell/forbidden', 'This principal may not start shells.')
    } else {
      this.#checkAttach(found, permissions, plan.target)
    }
    const sessionId = found?.sessionId ?? plan.sessionId
    this.#bounds.checkAttached(found, sessionId, found?.owner ?? principal.id)
    const decision = found === undefined ? await this.#policy(plan.request) : undefined
    if (found === undefined) {
      this.#recorders.check(plan)
      this.#bounds.checkRoom(principal.id)
    }
    const attach = (channel: WebSocketChannel): Promise<void> =>
      this.#attach(channel, { request, plan: { ...plan, sessionId }, permissions, decision, found })
    return { shellId: plan.shellId, sessionId, attach }
  }

  /** Ends one shell and everything it started. @returns the process ids that are left; `undefined` without such a shell. */
  async kill(which: ShellRef): Promise<number[] | undefined> {
    return this.#registry.find(which)?.kill()
  }

  /** Gives a shell another name, or with `undefined` none. @returns false without such a shell. */
  rename(which: ShellRef, name: string | undefined): boolean {
    const shell = this.#registry.find(which)
    if (shell !== undefined) shell.name = name
    return shell !== undefined
  }

  /** Sends every client away to come back later; shells live on until {@link close}. */
  closeConnections(code: number, reason: string): void {
    for (const shell of this.#registry) shell.clients.close(code, reason)
  }

  /** Ends every shell. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true
    this.closeConnections(SHELL_CLOSE.goingAway, 'the server is going away')
    await Promise.allSettled(this.#starting.values())
    for (const shell of this.#registry) if (shell.end === undefined) void shell.kill()
    await Promise.all(this.#killing)
    this.#reaper.stop()
    for (const shell of [...this.#registry]) this.#drop(shell)
    await this.#screens?.close()
    await this.#recorders.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #checkAttach(shell: Shell, permissions: ShellPermissions, target: ShellTarget): void {
    if (target.observe !== true && !permissions.write && target.onConflict !== 'observe') {
      throw shellError('shell/forbidden', 'This principal may only observe this shell: ask for mode=observe.')
    }
    if (target.observe === true) this.#bounds.checkObservers(shell)
    const { writer } = shell.clients
    if (target.observe === true || target.onConflict !== 'fail') return
    if (writer !== undefined && writer.lease.id !== target.lease) {
      throw shellError('shell/conflict', 'Another client writes to this shell.')
    }
  }

  async #attach(
    channel: WebSocketChannel,
    admitted: {
      readonly request: AdmissionRequest
      readonly plan: AttachPlan
      readonly permissions: ShellPermissions
      readonly decision: SpawnDecision | undefined
      readonly found: Shell | undefined
    },
  ): Promise<void> {
    const { request, plan, permissions, decision } = admitted
    const { id } = request.principal
    const existing = this.#lookup.stillThere(admitted)
    try {
      // Others may have come since this one was let in.
      this.#bounds.checkAttached(existing, plan.sessionId, existing?.owner ?? id)
      const shell = existing ?? this.#create(request, plan, decision)
      this.#reaper.forget(shell)
      await this.#starting.get(shell)
      const target = await shell.settleTarget(plan.target)
      const picture = await shell.pictureFor(target)
      shell.attach({
        channel,
        dialect: request.dialect,
        principalId: id,
        expiresAt: request.principal.expiresAt,
        permissions,
        target,
        streams: plan.streams,
        reconnected: existing !== undefined,
        picture,
      })
    } catch (error) {
      refuseAttach(channel, error, this, { dialect: request.dialect, streams: plan.streams })
    }
  }

  #create(request: AdmissionRequest, plan: AttachPlan, decision: SpawnDecision | undefined): Shell {
    if (this.#closed) throw shellError('shell/draining', 'This server is going away.')
    // The shell ended between admission and upgrade; a new attempt is admitted anew.
    if (decision === undefined) throw notFound(plan.shellId)
    this.#bounds.checkRoom(request.principal.id)
    const epoch = randomBytes(9).toString('base64url')
    const mark = `${plan.shellId}.${epoch}`
    const { id: owner } = request.principal
    const size = (): TerminalSize => shell.size
    const recorder = this.#recorders.of(plan, decision, { owner, epoch, size })
    const shell: Shell = new Shell({
      recorder,
      shellId: plan.shellId,
      sessionId: plan.sessionId,
      owner: request.principal.id,
      program: programName(decision),
      name: plan.target.name,
      detaches: request.dialect.detaches,
      sizing: plan.target.sizing ?? 'writer',
      screens: this.#screens,
      epoch,
      mark,
      limits: this.limits,
      clock: this.clock,
      logger: this.logger,
      newId: () => randomBytes(12).toString('base64url'),
      changed: (changed, what) => this.#changed(changed, what),
    })
    this.#registry.add(shell)
    const starting = this.#start(shell, plan, decision, mark).finally(() => this.#starting.delete(shell))
    this.#starting.set(shell, starting)
    return shell
  }

  async #start(shell: Shell, plan: AttachPlan, decision: SpawnDecision, mark: string): Promise<void> {
    try {
      const checked = checkedDecision(decision)
      const env = { ...checked.env, [SHELL_MARK]: mark }
      const backend = plan.request.tty ? this.#backend : this.#pipes
      await shell.start(backend, { ...checked, env, size: plan.request.size }, plan.request.tty)
    } catch (error) {
      this.#registry.remove(shell)
      throw error
    }
  }

  #changed(shell: Shell, what: 'left' | 'ended' | 'killed'): void {
    if (shell.isKilled) return this.#killed(shell)
    // What it printed last and how it ended is kept from now on, however long it had no client before.
    if (what === 'ended') this.#reaper.forget(shell)
    if (shell.clients.size > 0) {
      if (shell.end !== undefined) this.#reaper.watch(shell, this.limits.retainMs)
      return
    }
    if (shell.detaches) this.#reaper.watch(shell, this.limits.retainMs)
    else if (shell.end === undefined) void shell.kill()
    else this.#drop(shell)
  }

  /** Its clients have a moment to read how it ended; then it is forgotten, without a tombstone. */
  #killed(shell: Shell): void {
    const killed = shell.kill()
    if (this.#killing.has(killed)) return
    this.#killing.add(killed)
    this.#reaper.forget(shell)
    void killed.finally(() => {
      this.#killing.delete(killed)
      if (!this.#closed) this.#reaper.watch(shell, 2 * this.limits.lingerMs)
    })
  }

  #expire(shell: Shell): void {
    if (shell.end === undefined && !shell.isKilled) void shell.kill()
    else this.#drop(shell)
  }

  #drop(shell: Shell): void {
    this.#reaper.forget(shell)
    this.#registry.remove(shell)
    shell.dispose()
  }
}

function notFound(shellId: string): HoldfastError {
  return shellError('shell/not_found', `There is no shell ${shellId}.`)
}
