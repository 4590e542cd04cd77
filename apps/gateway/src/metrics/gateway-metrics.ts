import type { SessionLog } from '@holdfast/log'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { works } from '../readiness.ts'

/** The gateway's own numbers. Those of the hub and the shells are added to them. */
export class GatewayMetrics {
  readonly registry: Registry = new Registry()
  readonly #responses: Counter<'status'>
  readonly #upgrades: Counter<'endpoint'>

  constructor(read: {
    readonly sockets: () => number
    readonly isReady: () => boolean
    readonly log: () => SessionLog | undefined
  }) {
    const registers = [this.registry]
    collectDefaultMetrics({ register: this.registry })
    this.#responses = new Counter({
      name: 'holdfast_gateway_responses_total',
      help: 'HTTP responses by status',
      labelNames: ['status'],
      registers,
    })
    this.#upgrades = new Counter({
      name: 'holdfast_gateway_upgrades_total',
      help: 'Upgrades asked for, by whether there is an endpoint',
      labelNames: ['endpoint'],
      registers,
    })
    const gauge = (name: string, help: string, value: () => number): Gauge =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(value())
        },
      })
    gauge('holdfast_gateway_sockets', 'Open TCP connections', read.sockets)
    gauge('holdfast_gateway_ready', '1 while clients are taken', () => Number(read.isReady()))
    new Gauge({
      name: 'holdfast_store_ok',
      help: '1 while the store does what op names: append (everything that writes) or read',
      labelNames: ['op'],
      registers,
      collect() {
        const health = read.log()?.health()
        for (const op of ['append', 'read'] as const) this.set({ op }, Number(works(health, op)))
      },
    })
    const damaged = (): number => read.log()?.health().damaged?.length ?? 0
    gauge('holdfast_store_damaged_sessions', 'Sessions that are refused because what is stored is damaged', damaged)
  }

  responded(status: number): void {
    this.#responses.inc({ status: String(status) })
  }

  upgrading(isKnown: boolean): void {
    this.#upgrades.inc({ endpoint: isKnown ? 'known' : 'unknown' })
  }

  /** Prometheus text of these registries together. */
  async text(others: readonly Registry[]): Promise<{ readonly type: string; readonly body: string }> {
    const all = Registry.merge([this.registry, ...others])
    return { type: all.contentType, body: await all.metrics() }
  }
}
