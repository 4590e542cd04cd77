import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  AcpAgents,
  type AcpEndpointOptions,
  type AgentConfig,
  type AgentPrograms,
  acpEndpoint,
  LocalPrograms,
  RemotePrograms,
} from '@holdfast/acp-host'
import type { Logger } from '@holdfast/core'
import type { SessionLog } from '@holdfast/log'
import type { Hub, RequestEndpoint, UpgradeEndpoint } from '@holdfast/server'
import { killTree, SHELL_MARK, ShellProcess, shellEnvironment } from '@holdfast/shell-host'
import { Gauge, type Registry } from 'prom-client'
import { agentsIn } from './config/agents-file.ts'
import type { GatewayConfig } from './config.ts'
import { GatewayError } from './errors.ts'
import { hubLedSessions } from './led-sessions.ts'

/** The program that has the agents. Built: plain Node runs nothing else. */
const HOST_MAIN: string = fileURLToPath(new URL('../dist/agent-host-main.js', import.meta.url))
/** In the folder of the gateway's data. */
const HOST_FOLDER = 'agent-host'

/** The agents of a gateway. */
export interface GatewayAgents {
  readonly upgrades: readonly UpgradeEndpoint[]
  readonly requests: readonly RequestEndpoint[]
  /** As they are now. */
  readonly names: () => readonly string[]
  /** A turn is under way, or a prompt or a question waits. */
  readonly isAtWork: () => boolean
  /** A session without a lead gets a request. @returns whether an agent is there for it now */
  wake(session: string): Promise<boolean>
  drain(reconnectWindowMs: number): Promise<void>
  /** Releases the agents, which run on for the next gateway. */
  close(): Promise<void>
}

const NO_AGENTS: GatewayAgents = {
  upgrades: [],
  requests: [],
  names: () => [],
  isAtWork: () => false,
  wake: async () => false,
  drain: async () => {},
  close: async () => {},
}

/** What agents need of the rest of the gateway. */
export interface AgentsParts {
  readonly config: GatewayConfig
  readonly hub: Hub
  readonly log: SessionLog
  readonly endpointOptions: Omit<AcpEndpointOptions, 'service'> & { readonly logger: Logger }
  readonly registry: Registry
  readonly node: string
}

/** Serves the configured agents at `/acp`; nothing where none is. @throws GatewayError `gateway/bad_config` */
export async function openAgents({
  config,
  hub,
  log,
  endpointOptions,
  registry,
  node,
}: AgentsParts): Promise<GatewayAgents> {
  const { logger } = endpointOptions
  const agents = agentsOf(config, logger)
  if (agents.length === 0 && config.agentsFile === undefined) return NO_AGENTS
  const service = new AcpAgents({
    ...{ agents, log, logger, sessions: hubLedSessions(hub, node), env: baseEnvironment() },
    configured: (name) => configuredNow(config, name, logger),
    programs: programsOf(config, logger),
  })
  registerStats(registry, service)
  await service.start()
  const endpoint = acpEndpoint({ ...endpointOptions, service })
  return {
    upgrades: [endpoint.upgrade],
    requests: [endpoint.request],
    names: () => service.agents.map(({ name }) => name),
    isAtWork: () => {
      const { turns, questions, queuedPrompts } = service.stats
      return turns + questions + queuedPrompts > 0
    },
    wake: (session) => service.wake(session),
    drain: (reconnectWindowMs) => endpoint.drain(reconnectWindowMs),
    close: async () => {
      endpoint.close()
      await service.close()
    },
  }
}

/** In a process that outlives this one; with a store in memory nothing does, nor where shells end with the gateway. */
function programsOf({ store, data, shellHost }: GatewayConfig, logger: Logger): AgentPrograms {
  if (store === 'memory' || shellHost === 'inside')
    return new LocalPrograms({ tools: { markName: SHELL_MARK, endTree: (tree, how) => killTree(tree, how) } })
  const folder = join(data, HOST_FOLDER)
  const command = [process.execPath, HOST_MAIN, '--folder', folder]
  const host = new ShellProcess({ folder, shell: '/bin/sh', command, logger })
  const programs = new RemotePrograms((start) => host.service('agents', { start }))
  return {
    find: (name) => programs.find(name),
    start: (spec) => programs.start(spec),
    close: async () => {
      await programs.close()
      await host.close({ keep: true })
    },
  }
}

/** PATH is the gateway's: agents are installed as people's programs are. */
function baseEnvironment(): Record<string, string> {
  const { TERM: _none, ...env } = shellEnvironment({ shell: '/bin/sh' })
  return { ...env, ...(process.env['PATH'] === undefined ? {} : { PATH: process.env['PATH'] }) }
}

/** Those of the settings, then those of the file. @throws GatewayError `gateway/bad_config` */
function agentsOf(config: GatewayConfig, logger: Logger): readonly AgentConfig[] {
  const { agents, agentsFile, agentFolders, agentVariables } = config
  const folders = agentFolders.length > 0 ? agentFolders : [process.cwd()]
  const env: Record<string, string> = {}
  for (const [name, value = process.env[name]] of Object.entries(agentVariables))
    if (value !== undefined) env[name] = value
  const set = Object.entries(agents).map(([name, command]): AgentConfig => ({ name, command, env, folders }))
  const read = agentsFile === undefined ? [] : agentsIn(agentsFile, logger)
  const own = read.map(
    (one): AgentConfig => ({
      ...one,
      env: { ...env, ...one.env },
      folders: one.folders?.map((path) => resolve(path)) ?? folders,
    }),
  )
  const all = [...set, ...own]
  const twice = all.find(({ name }, at) => all.findIndex((one) => one.name === name) !== at)
  if (twice === undefined) return all
  throw new GatewayError(
    'gateway/bad_config',
    `--agents-file (HOLDFAST_AGENTS_FILE): the agent ${twice.name} is there twice.`,
    { setting: 'agents-file' },
  )
}

/** The file may have been written anew; where it cannot be used now, everything stays as it was. */
function configuredNow(config: GatewayConfig, name: string, logger: Logger): AgentConfig | undefined {
  if (config.agentsFile === undefined) return undefined
  try {
    return agentsOf(config, logger).find((one) => one.name === name)
  } catch (error) {
    logger.warn('the file of agents cannot be used now', {
      why: error instanceof Error ? error.message : String(error),
    })
    return undefined
  }
}

function registerStats(registry: Registry, service: AcpAgents): void {
  const gauge = (name: string, help: string, key: keyof AcpAgents['stats']): Gauge =>
    new Gauge({
      name: `holdfast_acp_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(service.stats[key])
      },
    })
  gauge('agents_running', 'Programs of agents that run', 'running')
  gauge('sessions', 'Open sessions of agents', 'sessions')
  gauge('clients', 'ACP clients', 'clients')
  gauge('turns', 'Turns under way', 'turns')
  gauge('questions', 'Questions of agents that wait for people', 'questions')
  gauge('queued_prompts', 'Prompts that wait for their turn', 'queuedPrompts')
}
