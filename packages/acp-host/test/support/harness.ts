import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Principal } from '@holdfast/gate'
import { memoryLog, type SessionLog } from '@holdfast/log'
import type { JsonRpcId, JsonRpcMessage } from '@holdfast/protocol/acp'
import { killTree, SHELL_MARK } from '@holdfast/shell-host'
import { type RecordingLogger, recordingLogger } from '@holdfast/testkit'
import {
  AcpAgents,
  type AcpAgentsOptions,
  type AcpConnection,
  type AgentConfig,
  type AgentPrograms,
  type EarlierConnection,
  type LedSessions,
  LocalPrograms,
  type LogOrigin,
  type ProcessTools,
} from '../../src/index.ts'
import { AGENT_FILE } from './agent-file.ts'

export const TOOLS: ProcessTools = {
  markName: SHELL_MARK,
  endTree: (tree, options) => killTree(tree, options),
}

export const PERSON: Principal = { id: 'ann', scopes: new Set(['control', 'observe', 'lead']) }
export const WATCHER: Principal = { id: 'bob', scopes: new Set(['observe']) }

/** Sessions of a log, without a hub. */
export function ledSessions(log: SessionLog): LedSessions {
  return {
    may: async (principal, access) => access === 'observe' || principal.scopes.has('control'),
    create: async (id, info) => void (await log.createSession(id, info)),
    lead: async (id, _lost) => {
      const lease = await log.lease(id, 'test', 60_000)
      if (lease.outcome === 'held') throw new Error('held')
      return { fence: lease.fence, makeRoom: async () => {}, release: () => void lease.release() }
    },
  }
}

/** A client that takes everything down. */
export class TestClient {
  readonly got: { readonly message: JsonRpcMessage; readonly origin: LogOrigin | undefined }[] = []
  readonly gaps: string[] = []
  closedWith: { readonly code: string; readonly message: string } | undefined
  readonly connection: AcpConnection
  readonly #answers = new Map<JsonRpcId, (message: JsonRpcMessage) => void>()
  #id = 0

  constructor(
    agents: AcpAgents,
    {
      principal = PERSON,
      clientId,
      earlier,
      agent,
    }: { principal?: Principal; clientId?: string; earlier?: EarlierConnection; agent?: string } = {},
  ) {
    this.connection = agents.connect(
      {
        principal,
        clientId,
        agent,
        send: (message, origin) => {
          this.got.push({ message, origin })
          if (!('method' in message)) this.#answers.get(message.id)?.(message)
        },
        gap: (sessionId, reason) => void this.gaps.push(`${sessionId} ${reason}`),
        close: (reason) => {
          this.closedWith = reason
        },
      },
      earlier,
    )
  }

  /** Resolves with `result`; rejects with the error of the answer. */
  request<T = Record<string, unknown>>(
    method: string,
    params: unknown = {},
    { id = ++this.#id, key }: { id?: JsonRpcId; key?: string } = {},
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#answers.set(id, (message) => {
        if ('error' in message) reject(Object.assign(new Error(message.error.message), message.error))
        else if ('result' in message) resolve(message.result as T)
      })
      void this.connection.receive({ jsonrpc: '2.0', id, method, params }, key)
    })
  }

  notify(method: string, params: unknown): void {
    void this.connection.receive({ jsonrpc: '2.0', method, params })
  }

  answer(id: JsonRpcId, result: unknown): void {
    void this.connection.receive({ jsonrpc: '2.0', id, result })
  }

  async initialize(clientCapabilities: unknown = { session: { notices: {} } }): Promise<Record<string, unknown>> {
    return this.request('initialize', { protocolVersion: 1, clientCapabilities })
  }

  async open(cwd?: string): Promise<string> {
    await this.initialize()
    const { sessionId } = await this.request<{ sessionId: string }>('session/new', { cwd, mcpServers: [] })
    return sessionId
  }

  prompt(
    sessionId: string,
    text: string,
    options: { id?: JsonRpcId; key?: string } = {},
  ): Promise<{ stopReason: string }> {
    return this.request('session/prompt', { sessionId, prompt: [{ type: 'text', text }] }, options)
  }

  /** Everything of one method, in order. */
  of(method: string): { readonly id?: JsonRpcId | undefined; readonly params: Record<string, unknown> }[] {
    return this.got.flatMap(({ message }) =>
      'method' in message && message.method === method ? [{ ...message, params: Object(message.params) }] : [],
    )
  }

  get updates(): Record<string, unknown>[] {
    return this.of('session/update').map(({ params }) => Object(params['update']))
  }

  /** The text that one kind of update streamed. */
  text(kind = 'agent_message_chunk'): string {
    return this.updates
      .filter(({ sessionUpdate }) => sessionUpdate === kind)
      .map(({ content }) => Object(content).text)
      .join('')
  }

  get questions(): { readonly id: JsonRpcId; readonly params: Record<string, unknown> }[] {
    return this.of('session/request_permission').map(({ id = null, params }) => ({ id, params }))
  }
}

export interface World {
  readonly agents: AcpAgents
  readonly log: SessionLog
  readonly programs: AgentPrograms
  readonly folder: string
  readonly logger: RecordingLogger
  /** What the agents' programs were given and wrote down. */
  journal(): string[]
  /** Another server on the same log and the same programs, as after a death: the one before does nothing more. */
  another(): Promise<AcpAgents>
  end(): Promise<void>
}

/** Agents with a scripted one, whose traits are given. */
export async function world(
  traits: readonly string[] = [],
  { config, ...options }: Partial<Omit<AcpAgentsOptions, 'agents'>> & { readonly config?: Partial<AgentConfig> } = {},
): Promise<World> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-acp-')))
  const file = join(folder, 'journal')
  const log = options.log ?? memoryLog()
  const programs = options.programs ?? new LocalPrograms({ tools: TOOLS })
  const logger = recordingLogger()
  const agent: AgentConfig = {
    name: 'scripted',
    command: [process.execPath, AGENT_FILE],
    env: { PATH: process.env['PATH'] ?? '', AGENT_JOURNAL: file, AGENT_TRAITS: traits.join(',') },
    folders: [folder],
    showsStderr: true,
    ...config,
  }
  const make = (): AcpAgents =>
    new AcpAgents({ log, programs, sessions: ledSessions(log), logger, ...options, agents: [agent] })
  const all: AcpAgents[] = [make()]
  const [agents] = all
  if (agents === undefined) throw new Error('no agents')
  await agents.start()
  return {
    agents,
    log,
    programs,
    folder,
    logger,
    journal: () => {
      try {
        return readFileSync(file, 'utf8').split('\n')
      } catch {
        return []
      }
    },
    another: async () => {
      const next = make()
      all.push(next)
      await next.start()
      return next
    },
    end: async () => {
      if (programs instanceof LocalPrograms) await programs.close()
      for (const one of all) await one.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
