import { createHash } from 'node:crypto'
import { isObject } from '@holdfast/contract/shape'
import type { SessionInfo } from '@holdfast/log'

/** What the tags of a session of an agent begin with. */
const TAG = 'acp'

/** The tag by which the sessions of one agent are found. */
export function agentTag(agent: string): string {
  return `${TAG}:${agent}`
}

/** How a session of an agent is described, for lists. */
export function describedSession(agent: string, cwd: string, owner: string): Partial<SessionInfo> {
  const data = { mode: 'tui', metadata: { acp: { agent, cwd } } }
  return { label: `${agent} in ${cwd}`, owner, tags: [TAG, agentTag(agent)], data }
}

/** The agent that a session's description names, and its folder. */
export function agentOf(data: unknown): { readonly agent: string; readonly cwd: string } | undefined {
  const metadata = isObject(data) ? data['metadata'] : undefined
  const acp = isObject(metadata) ? metadata['acp'] : undefined
  const { agent, cwd } = isObject(acp) ? acp : {}
  return typeof agent === 'string' ? { agent, cwd: typeof cwd === 'string' ? cwd : '' } : undefined
}

/** An id that is the same wherever it is made of the same. */
export function derivedId(of: readonly string[]): string {
  return `acp_${createHash('sha256').update(JSON.stringify(of)).digest('base64url').slice(0, 22)}`
}
