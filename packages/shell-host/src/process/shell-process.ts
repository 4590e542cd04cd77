import { existsSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { type Clock, HoldfastError, type Logger, silentLogger, systemClock } from '@holdfast/contract'
import { fits } from '@holdfast/contract/shape'
import type { ShellPeer } from '../endpoint/shell-tunnels.ts'
import { shellError } from '../errors.ts'
import { killAnswer, renameAnswer, shellStats } from '../generated/checks.ts'
import type { ShellStats, ShellSummary } from '../generated/types.ts'
import type { ShellRef } from '../host/shell-summary.ts'
import { fittingShells, unfitShells } from './fitting-shells.ts'
import {
  dropUnreadable,
  type HostRecord,
  privateFolder,
  readRecord,
  removeLeftovers,
  removeRecord,
  SHELL_HOST_PROTOCOL,
} from './host-record.ts'
import { HOST_ROUTES } from './host-routes.ts'
import type { HostSettings } from './host-settings.ts'
import { ShellHostConnection } from './shell-host-connection.ts'
import { startShellHost } from './start-shell-host.ts'

/** Every shell and what it started has to be killed: SIGHUP, 2 s, SIGKILL. */
const STOP_MS = 6_000
/** After a start that failed nothing is tried for so long. */
const PAUSE_MS = 1_000
const NOTHING: ShellStats = { running: 0, attached: 0, ringBytes: 0 }

/** Options of {@link ShellProcess}. */
export interface ShellProcessOptions extends HostSettings {
  /** Where the host is found, or put: a folder for this purpose alone, of a gateway on this machine. */
  readonly folder: string
  /** Program and arguments that run `serveShellHost()` for the folder. */
  readonly command: readonly string[]
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
}

/**
 * The shells of this machine in a process of their own, seen from a gateway: found again where the folder has one, else
 * started when the first shell is asked for. It outlives this gateway however that ends, and its shells with it.
 */
export class ShellProcess {
  readonly #options: ShellProcessOptions
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #unfit: (issue: string) => void
  #connection: ShellHostConnection | undefined
  #finding: Promise<ShellHostConnection | undefined> | undefined
  #failed: { readonly error: unknown; readonly at: number } | undefined
  #closed = false

  constructor(options: ShellProcessOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#logger = options.logger ?? silentLogger
    this.#unfit = unfitShells({ clock: this.#clock, logger: this.#logger })
  }

  /** Attends a host that an earlier gateway has left, so that it stays. Never rejects. */
  async resume(): Promise<void> {
    await this.#find(false).catch((error: unknown) => this.#logger.warn('shells cannot be reached', fieldsOf(error)))
  }

  /** The host, for `tunnelShells()`. @throws `shell/host_failed`, `shell/peer_unreachable`, `shell/draining` */
  async peer(): Promise<ShellPeer> {
    const found = await this.#find(true)
    if (found === undefined) throw shellError('shell/draining', 'This server is going away.')
    return found
  }

  /**
   * A stream to a service of the host. Without `start` it is `undefined` where there is no host.
   * @throws `shell/host_failed`, `shell/peer_unreachable`, also where the host has no such service
   */
  async service(name: string, { start }: { readonly start: boolean }): Promise<Duplex | undefined> {
    const found = await this.#find(start)
    try {
      return await found?.service(name)
    } catch (cause) {
      throw shellError('shell/peer_unreachable', `The process for shells does not answer for ${name}.`, { cause })
    }
  }

  /** Every shell, running and ended; none where there is no host. @throws `shell/peer_unreachable` */
  async list(): Promise<readonly ShellSummary[]> {
    const answer = await this.#ask('GET', HOST_ROUTES.list)
    if (answer === undefined) return []
    return fittingShells(answer, this.#unfit)
  }

  /** Numbers for metrics; zero where there is no host. @throws `shell/peer_unreachable` */
  async stats(): Promise<ShellStats> {
    const answer = await this.#ask('GET', HOST_ROUTES.stats)
    return fits(shellStats, answer) ? answer : NOTHING
  }

  /**
   * Ends one shell and everything it started. @returns the process ids that are left; `undefined` without such a shell
   * @throws `shell/peer_unreachable`
   */
  async kill(which: ShellRef): Promise<readonly number[] | undefined> {
    const answer = await this.#ask('POST', `${HOST_ROUTES.kill}?${queryOf({ ...which })}`, STOP_MS)
    return fits(killAnswer, answer) ? answer.left : undefined
  }

  /**
   * Gives a shell another name, or with `undefined` none. @returns false without such a shell
   * @throws `shell/peer_unreachable`
   */
  async rename(which: ShellRef, name: string | undefined): Promise<boolean> {
    const answer = await this.#ask('POST', `${HOST_ROUTES.rename}?${queryOf({ ...which, name })}`)
    return fits(renameAnswer, answer) && answer.renamed
  }

  /**
   * Leaves. `keep`: the host continues, for the next gateway on this folder; else it ends with all its shells, unless another
   * gateway attends it too. Idempotent; never rejects.
   */
  async close(options: { readonly keep: boolean }): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#finding?.catch(() => {})
    const connection = this.#connection
    if (connection === undefined) return
    try {
      if (!options.keep) await connection.ask('POST', HOST_ROUTES.stop, STOP_MS)
    } catch (error) {
      this.#logger.warn('the process for shells did not end in time', {
        pid: connection.record.pid,
        ...fieldsOf(error),
      })
    }
    connection.end()
  }

  async #ask(method: 'GET' | 'POST', path: string, withinMs?: number): Promise<unknown> {
    const connection = this.#connection ?? (await this.#find(false))
    try {
      return await connection?.ask(method, path, withinMs)
    } catch (cause) {
      throw shellError('shell/peer_unreachable', 'The process for shells does not answer.', { cause })
    }
  }

  /** One at a time. A caller that wants it started while another one only looks has it looked for again. */
  async #find(start: boolean): Promise<ShellHostConnection | undefined> {
    if (this.#closed) return undefined
    if (this.#connection !== undefined) return this.#connection
    if (this.#finding !== undefined) {
      const found = await this.#finding.catch(() => undefined)
      return found ?? this.#find(start)
    }
    const failed = this.#failed
    if (start && failed !== undefined && this.#clock.now() - failed.at < PAUSE_MS) throw failed.error
    this.#finding = this.#connect(start)
    try {
      return await this.#finding
    } catch (error) {
      this.#failed = { error, at: this.#clock.now() }
      throw error
    } finally {
      this.#finding = undefined
    }
  }

  async #connect(start: boolean): Promise<ShellHostConnection | undefined> {
    const { folder, command } = this.#options
    if (!start && !existsSync(folder)) return undefined
    privateFolder(folder)
    const left = readRecord(folder)
    if (left === undefined && dropUnreadable(folder)) {
      this.#logger.warn(
        'the record of the process for shells could not be read, and was removed: a new one is started',
        {
          folder,
        },
      )
    }
    let connection = left === undefined ? undefined : await this.#connectLeft(left)
    if (connection === undefined && start) {
      connection = await ShellHostConnection.begin(
        await startShellHost(folder, command, this.#clock),
        this.#options,
        this.#clock,
      )
    }
    if (connection === undefined) return undefined
    this.#connection = connection
    void connection.ended.then(() => this.#lost(connection))
    return connection
  }

  /** The host that is there already; `undefined` where it is gone, or is not one for this gateway. */
  async #connectLeft(record: HostRecord): Promise<ShellHostConnection | undefined> {
    const { folder } = this.#options
    if (record.protocol !== SHELL_HOST_PROTOCOL) {
      this.#logger.warn(otherVersion(record))
      removeRecord(folder, record)
      return undefined
    }
    try {
      return await ShellHostConnection.begin(record, this.#options, this.#clock)
    } catch (error) {
      if (!isGone(error)) throw asUnreachable(error, record)
      removeLeftovers(folder, record)
      return undefined
    }
  }

  #lost(connection: ShellHostConnection): void {
    if (this.#connection !== connection) return
    this.#connection = undefined
    if (!this.#closed) this.#logger.warn('the process for shells has ended', { pid: connection.record.pid })
  }
}

function queryOf(values: Readonly<Record<string, string | undefined>>): URLSearchParams {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, value)
  return query
}

function otherVersion({ pid, version }: HostRecord): string {
  return (
    `Shells of version ${version} still run in process ${pid}, and this version cannot reach them. They end when nobody ` +
    `has been attached for their retention time, or with: kill ${pid}. New shells start in a process of this version.`
  )
}

/** There is no listener any more, or no such socket. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNREFUSED' || error.code === 'ENOENT')
}

function asUnreachable(cause: unknown, { pid }: HostRecord): HoldfastError {
  if (cause instanceof HoldfastError) return cause
  return shellError('shell/peer_unreachable', `The process for shells, ${pid}, does not answer.`, { cause })
}

function fieldsOf(error: unknown): { readonly error: string } {
  return { error: error instanceof Error ? error.message : String(error) }
}
