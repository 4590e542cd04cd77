import type { Logger } from '@holdfast/core'
import {
  type Authenticate,
  createHub,
  drainAll,
  type RequestEndpoint,
  tokenAuthenticate,
  type UpgradeEndpoint,
} from '@holdfast/server'
import type { SessionLog } from '@holdfast/server/log'
import { attachShells, defaultPolicy, ShellHost } from '@holdfast/server/shell'
import { Gauge, type Registry } from 'prom-client'
import type { GatewayConfig } from './config.ts'
import { shellsOff } from './shells-off.ts'

/** Everything that a gateway serves besides its own pages. */
export interface Services {
  readonly upgrades: readonly UpgradeEndpoint[]
  readonly requests: readonly RequestEndpoint[]
  readonly metrics: readonly Registry[]
  /** Lets nobody new in and asks all clients to come back within the spread. Resolves when they have left, or soon. */
  drain(spreadMs: number): Promise<void>
  /** Ends sessions and shells, and writes out what they hold. The log stays open. */
  close(): Promise<void>
}

/** Opens every endpoint of gateway.md over one log, with one list of tokens and origins. */
export function openServices(config: GatewayConfig, log: SessionLog, logger: Logger, own: Registry): Services {
  const authenticate = tokenAuthenticate(config.tokens)
  const { origins } = config
  const hub = createHub({ log, authenticate, origins, logger })
  const shells = openShells(config, authenticate, logger, own)
  return {
    upgrades: [hub.upgrades, shells.endpoint],
    requests: [hub.requests],
    metrics: [hub.metrics.registry],
    drain: (spreadMs) => drainAll([hub, shells.endpoint], spreadMs),
    close: async () => {
      await Promise.all([hub.close(), shells.close()])
    },
  }
}

function openShells(
  config: GatewayConfig,
  authenticate: Authenticate,
  logger: Logger,
  registry: Registry,
): { readonly endpoint: UpgradeEndpoint; close(): Promise<void> } {
  const { shell, origins } = config
  if (shell === undefined) return { endpoint: shellsOff, close: async () => {} }
  const host = new ShellHost({ policy: defaultPolicy({ shell }), logger })
  const gauge = (name: string, help: string, value: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value())
      },
    })
  gauge('holdfast_shell_running', 'Running shells', () => host.stats().running)
  gauge('holdfast_shell_attached', 'Attached clients of shells', () => host.stats().attached)
  gauge('holdfast_shell_ring_bytes', 'Output kept for shells', () => host.stats().ringBytes)
  return { endpoint: attachShells(host, { authenticate, origins }), close: () => host.close() }
}
