import type { SessionLog } from '@holdfast/log'
import type { Directory } from '@holdfast/log/directory'
import type { GatewayOverview } from '@holdfast/protocol/hub/rest'
import { HUB_ERRORS, type Hub } from '@holdfast/server'
import type { Registry } from 'prom-client'

/** What an overview is read from. */
export interface OverviewSources {
  readonly hub: Hub
  /** All that is counted. */
  readonly registries: readonly Registry[]
  readonly log: SessionLog
  /** What the store is: its kind. */
  readonly kind: string
  readonly node: string
  readonly url: string | undefined
  readonly directory: Directory | undefined
  readonly status: () => GatewayOverview['status']
}

/** Below it each node of a cluster publishes its address. */
export const NODE_PREFIX = 'gateway/'
/** Connections that one answer names. */
const MAX_CONNECTIONS = 100

/** The health of a gateway, from the numbers that it counts anyway. */
export function overviewOf(sources: OverviewSources): () => Promise<GatewayOverview> {
  const startedAt = Date.now() - Math.round(process.uptime() * 1_000)
  return async () => {
    const { hub, log, kind, status, node } = sources
    const numbers = await read(sources.registries)
    const of = (name: string): number => numbers.get(name) ?? 0
    const [connections, health] = [hub.connections(), log.health()]
    return {
      ...{ node, status: status(), startedAt, at: Date.now() },
      memoryBytes: process.memoryUsage().rss,
      sockets: of('holdfast_gateway_sockets'),
      connections: hub.size,
      sessions: of('holdfast_hub_sessions'),
      leads: connections.filter(({ role }) => role === 'lead').length,
      bufferedBytes: hub.bufferedBytes,
      ...known('shells', numbers.get('holdfast_shell_running')),
      ...known('shellClients', numbers.get('holdfast_shell_attached')),
      ...known('agents', numbers.get('holdfast_acp_agents_running')),
      ...known('agentTurns', numbers.get('holdfast_acp_turns')),
      ...known('agentQuestions', numbers.get('holdfast_acp_questions')),
      ...known('streams', numbers.get('holdfast_streams_open')),
      ...known('streamReaders', sumOf(numbers, 'holdfast_streams_long_polls', 'holdfast_streams_event_streams')),
      ...known('streamAppends', numbers.get('holdfast_streams_appends_total')),
      ...known('streamRefusals', numbers.get('holdfast_streams_refusals_total')),
      messagesIn: of('holdfast_hub_messages_in_total'),
      messagesOut: of('holdfast_hub_messages_out_total'),
      bytesIn: of('holdfast_hub_bytes_in_total'),
      bytesOut: of('holdfast_hub_bytes_out_total'),
      refusals: of('holdfast_hub_refusals_total'),
      gaps: of('holdfast_hub_gaps_total'),
      store: { kind, ok: health.ok, ...known('reason', health.reason), damagedSessions: health.damaged?.length ?? 0 },
      nodes: nodesOf(sources),
      slowest: connections.slice(0, MAX_CONNECTIONS),
      recentRefusals: hub.metrics.recentRefusals.map((one) => ({ ...one, reason: reasonOf(one.code) })),
    }
  }
}

function nodesOf({ node, url, directory }: OverviewSources): GatewayOverview['nodes'] {
  const others = directory?.entries(NODE_PREFIX) ?? []
  return [
    { node, ...known('url', url) },
    ...others.map(({ node: other, value }) => ({ node: other, ...known('url', urlIn(value)) })),
  ]
}

function urlIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('url' in value)) return undefined
  return typeof value.url === 'string' ? value.url : undefined
}

/** A member that is left out where it is unknown. */
function known<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [K in Name]?: Value } {
  const member: { [K in Name]?: Value } = {}
  if (value !== undefined) member[name] = value
  return member
}

/** Undefined where none of them is counted. */
function sumOf(numbers: ReadonlyMap<string, number>, ...names: readonly string[]): number | undefined {
  const values = names.flatMap((name) => numbers.get(name) ?? [])
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0)
}

function reasonOf(code: string): string {
  return Object.entries(HUB_ERRORS).find(([name]) => name === code)?.[1].sentence ?? code
}

/** The sum of each metric over its labels. */
async function read(registries: readonly Registry[]): Promise<ReadonlyMap<string, number>> {
  const sums = new Map<string, number>()
  for (const registry of registries) {
    for (const { name, values } of await registry.getMetricsAsJSON()) {
      if (values.length > 0)
        sums.set(
          name,
          values.reduce((sum, { value }) => sum + Number(value), 0),
        )
    }
  }
  return sums
}
