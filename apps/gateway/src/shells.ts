import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from '@holdfast/core'
import type { Directory } from '@holdfast/log/directory'
import type { RequestEndpoint, UpgradeEndpoint } from '@holdfast/server'
import {
  attachShells,
  defaultPolicy,
  kubernetesRequests,
  openShellCluster,
  Recordings,
  recordingRequests,
  type ShellAccessOptions,
  ShellHost,
  ShellProcess,
  type ShellRef,
  type ShellStats,
  type ShellSummary,
  shellRequests,
  shellUser,
  tunnelShells,
  userAndHome,
} from '@holdfast/shell-host'
import { Gauge, type Registry } from 'prom-client'
import type { GatewayConfig } from './config.ts'
import { shellListOff, shellsOff } from './shells-off.ts'

/** The program that has the shells. Built: plain Node runs nothing else. */
const HOST_MAIN: string = fileURLToPath(new URL('../dist/shell-host-main.js', import.meta.url))
/** In the folder of the gateway's data. */
const HOST_FOLDER = 'shell-host'
const RECORDINGS = 'recordings'

/** The shells of a gateway, wherever they run. */
export interface GatewayShells {
  readonly endpoints: readonly UpgradeEndpoint[]
  /** The list of shells. */
  readonly requests: readonly RequestEndpoint[]
  /** Rejects where that cannot be known. */
  countRunning(): Promise<number>
  /** Ends the shells, or leaves them to the next gateway. */
  close(): Promise<void>
}

/** Where this gateway stands among others. */
export interface ClusterPlace {
  readonly directory: Directory
  /** Where the others reach it. */
  readonly url: string
}

/** Opens the paths of shells as the configuration wants them: off, in this process, or in one of their own. */
export async function openShells(
  config: GatewayConfig,
  endpointOptions: ShellAccessOptions & { readonly logger: Logger },
  registry: Registry,
  place?: ClusterPlace | undefined,
): Promise<GatewayShells> {
  const { shell } = config
  if (shell === undefined)
    return { endpoints: [shellsOff], requests: [shellListOff], countRunning: async () => 0, close: async () => {} }
  for (const note of userAndHome().notes) endpointOptions.logger.warn(note)
  const source =
    config.shellHost === 'process'
      ? shellsInProcess(config, shell, endpointOptions.logger)
      : shellsInside(config, shell, endpointOptions.logger)
  registerStats(registry, source.stats)
  const { open, list, kill, rename, close } = source
  const countRunning = async (): Promise<number> => (await source.stats()).running
  const { pods } = config
  const recordings = new Recordings(join(config.data, RECORDINGS))
  if (place === undefined) {
    const kubernetes = pods === undefined ? [] : [kubernetesRequests({ ...endpointOptions, list, pods })]
    return {
      endpoints: [open(endpointOptions)],
      requests: [
        shellRequests({ ...endpointOptions, list, kill, rename }),
        recordingRequests({ ...endpointOptions, recordings }),
        ...kubernetes,
      ],
      countRunning,
      close,
    }
  }
  const cluster = await openShellCluster({
    ...endpointOptions,
    ...place,
    open,
    list,
    kill,
    rename,
    recordings,
    pods: pods !== undefined,
  })
  const { remote } = cluster
  const kubernetes = pods === undefined ? [] : [kubernetesRequests({ ...endpointOptions, list, pods, remote })]
  return {
    endpoints: [cluster.clients, cluster.nodes],
    requests: [...cluster.requests, ...kubernetes],
    countRunning,
    close: async () => {
      cluster.close()
      await close()
    },
  }
}

/** This gateway's own shells. */
interface ShellSource {
  open(access: ShellAccessOptions): UpgradeEndpoint
  list(): Promise<readonly ShellSummary[]>
  kill(which: ShellRef): Promise<readonly number[] | undefined>
  rename(which: ShellRef, name: string | undefined): Promise<boolean>
  stats(): Promise<ShellStats>
  close(): Promise<void>
}

function shellsInside(config: GatewayConfig, shell: string, logger: Logger): ShellSource {
  const { shellUser: name, shellArgs, pods } = config
  const user = name === undefined ? undefined : shellUser(name)
  const host = new ShellHost({
    ...{ policy: defaultPolicy({ shell, shellArgs, user }), pods: () => pods, logger },
    recording: () => recordingOf(config),
  })
  return {
    open: (access) => attachShells(host, access),
    list: async () => host.list(),
    kill: (which) => host.kill(which),
    rename: async (which, name) => host.rename(which, name),
    stats: async () => host.stats(),
    close: () => host.close(),
  }
}

function shellsInProcess(config: GatewayConfig, shell: string, logger: Logger): ShellSource {
  const { data, keepShells, shellUser: user, shellArgs, pods } = config
  const recording = recordingOf(config)
  const folder = join(data, HOST_FOLDER)
  const command = [process.execPath, HOST_MAIN, '--folder', folder]
  const shells = new ShellProcess({ folder, shell, shellArgs, user, pods, recording, command, logger })
  void shells.resume()
  return {
    open: (access) => tunnelShells(() => shells.peer(), { ...access, logger }),
    list: () => shells.list(),
    kill: (which) => shells.kill(which),
    rename: (which, name) => shells.rename(which, name),
    stats: () => shells.stats(),
    close: () => shells.close({ keep: keepShells }),
  }
}

function recordingOf({
  data,
  record,
}: GatewayConfig): { readonly folder: string; readonly which: 'asked' | 'all' } | undefined {
  return record === 'none' ? undefined : { folder: join(data, RECORDINGS), which: record }
}

/** The three are read together, and asked for once. What cannot be known is not reported as zero. */
function registerStats(registry: Registry, ask: () => Promise<ShellStats>): void {
  let asked: Promise<ShellStats | undefined> | undefined
  const stats = (): Promise<ShellStats | undefined> => {
    asked ??= ask()
      .catch(() => undefined)
      .finally(() => {
        asked = undefined
      })
    return asked
  }
  const gauge = (name: string, help: string, key: keyof ShellStats): Gauge =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const value = (await stats())?.[key]
        if (value === undefined) this.remove()
        else this.set(value)
      },
    })
  gauge('holdfast_shell_running', 'Running shells', 'running')
  gauge('holdfast_shell_attached', 'Attached clients of shells', 'attached')
  gauge('holdfast_shell_ring_bytes', 'Output kept for shells', 'ringBytes')
}
