import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from '@holdfast/core'
import type { UpgradeEndpoint } from '@holdfast/server'
import {
  attachShells,
  defaultPolicy,
  type ShellDoorOptions,
  ShellHost,
  type ShellStats,
  tunnelShells,
} from '@holdfast/server/shell'
import { ShellProcess } from '@holdfast/server/shell-process'
import { Gauge, type Registry } from 'prom-client'
import type { GatewayConfig } from './config.ts'
import { shellsOff } from './shells-off.ts'

/** The program that has the shells. Built: plain Node runs nothing else. */
const HOST_MAIN: string = fileURLToPath(new URL('../dist/shell-host-main.js', import.meta.url))
/** In the folder of the gateway's data. */
const HOST_FOLDER = 'shell-host'

/** The shells of a gateway, wherever they run. */
export interface GatewayShells {
  readonly endpoint: UpgradeEndpoint
  /** Ends the shells, or leaves them to the next gateway. */
  close(): Promise<void>
}

/** Opens the paths of shells as the configuration wants them: off, in this process, or in one of their own. */
export function openShells(
  config: GatewayConfig,
  doors: ShellDoorOptions & { readonly logger: Logger },
  registry: Registry,
): GatewayShells {
  const { shell } = config
  if (shell === undefined) return { endpoint: shellsOff, close: async () => {} }
  return config.shellHost === 'process'
    ? shellsInProcess(config, shell, doors, registry)
    : shellsInside(shell, doors, registry)
}

function shellsInside(
  shell: string,
  doors: ShellDoorOptions & { readonly logger: Logger },
  registry: Registry,
): GatewayShells {
  const host = new ShellHost({ policy: defaultPolicy({ shell }), logger: doors.logger })
  tellStats(registry, async () => host.stats())
  return { endpoint: attachShells(host, doors), close: () => host.close() }
}

function shellsInProcess(
  { data, keepShells }: GatewayConfig,
  shell: string,
  doors: ShellDoorOptions & { readonly logger: Logger },
  registry: Registry,
): GatewayShells {
  const folder = join(data, HOST_FOLDER)
  const command = [process.execPath, HOST_MAIN, '--folder', folder]
  const shells = new ShellProcess({ folder, shell, command, logger: doors.logger })
  void shells.resume()
  tellStats(registry, () => shells.stats())
  return {
    endpoint: tunnelShells(() => shells.peer(), doors),
    close: () => shells.close({ keep: keepShells }),
  }
}

/** The three are read together, and asked for once. What cannot be known is not told as zero. */
function tellStats(registry: Registry, ask: () => Promise<ShellStats>): void {
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
