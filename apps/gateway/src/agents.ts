import { readFileSync } from 'node:fs'
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
import { z } from 'zod'
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
  readonly names: readonly string[]
  /** Somebody asks a session that nobody leads for something. @returns whether an agent is there for it now */
  wake(session: string): Promise<boolean>
  drain(reconnectWindowMs: number): Promise<void>
  /** Lets go of the agents, which run on for the next gateway. */
  close(): Promise<void>
}

const NO_AGENTS: GatewayAgents = {
  upgrades: [],
  requests: [],
  names: [],
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
  const agents = agentsOf(config)
  if (agents.length === 0) return NO_AGENTS
  const { logger } = endpointOptions
  const service = new AcpAgents({
    ...{ agents, log, logger, sessions: hubLedSessions(hub, node), env: baseEnvironment() },
    programs: programsOf(config, logger),
  })
  tellStats(registry, service)
  await service.start()
  const endpoint = acpEndpoint({ ...endpointOptions, service })
  return {
    upgrades: [endpoint.upgrade],
    requests: [endpoint.request],
    names: agents.map(({ name }) => name),
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

const fileSchema = z.strictObject({
  agents: z.array(
    z.strictObject({
      name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i),
      command: z.array(z.string().min(1)).min(1),
      env: z.record(z.string(), z.string()).optional(),
      folders: z.array(z.string().min(1)).min(1).optional(),
      clientCapabilities: z.record(z.string(), z.unknown()).optional(),
      showsStderr: z.boolean().optional(),
    }),
  ),
})

/** Those of the settings, then those of the file. @throws GatewayError `gateway/bad_config` */
export function agentsOf(config: GatewayConfig): readonly AgentConfig[] {
  const { agents, agentsFile, agentFolders, agentVariables } = config
  const folders = agentFolders.length > 0 ? agentFolders : [process.cwd()]
  const env: Record<string, string> = {}
  for (const [name, value = process.env[name]] of Object.entries(agentVariables))
    if (value !== undefined) env[name] = value
  const set = Object.entries(agents).map(([name, command]): AgentConfig => ({ name, command, env, folders }))
  const read = agentsFile === undefined ? [] : agentsIn(agentsFile)
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

function agentsIn(file: string): z.output<typeof fileSchema>['agents'] {
  const unusable = (why: string): GatewayError =>
    new GatewayError('gateway/bad_config', `--agents-file (HOLDFAST_AGENTS_FILE): ${file} ${why}.`, {
      setting: 'agents-file',
    })
  let text: unknown
  try {
    text = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw unusable(error instanceof SyntaxError ? 'is no JSON' : 'cannot be read')
  }
  const read = fileSchema.safeParse(text)
  if (read.success) return read.data.agents
  const [issue] = read.error.issues
  throw unusable(`does not fit at ${issue?.path.join('.') || 'its top'}: ${issue?.message ?? ''}`)
}

function tellStats(registry: Registry, service: AcpAgents): void {
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
