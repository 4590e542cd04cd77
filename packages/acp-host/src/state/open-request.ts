import { isObject } from '@holdfast/contract/shape'
import type { AcpState } from './acp-state.ts'

/** How a session is opened in an agent's program. */
export interface OpenRequest {
  readonly method: 'session/new' | 'session/load' | 'session/resume'
  readonly params: Readonly<Record<string, unknown>>
  /** The agent had it before, and cannot load it: it begins without what was said. */
  readonly isForgotten: boolean
}

/** What the agent is asked, by what it can: to go on without showing anything again, to load, or to begin. */
export function openRequest(state: AcpState, initialized: Readonly<Record<string, unknown>>): OpenRequest {
  const { opened, agentSession: sessionId } = state
  const params = { ...opened?.params, cwd: opened?.cwd }
  if (sessionId === undefined) return { method: 'session/new', params, isForgotten: false }
  const { loadSession, resume } = capabilitiesOf(initialized)
  // What was never shown has to be: only a load shows it.
  if (resume && state.hasHistory)
    return { method: 'session/resume', params: { ...params, sessionId }, isForgotten: false }
  if (loadSession) return { method: 'session/load', params: { ...params, sessionId }, isForgotten: false }
  return { method: 'session/new', params, isForgotten: true }
}

/** What of an agent's capabilities matters here. ACP §1. */
export interface AgentCapabilities {
  readonly loadSession: boolean
  readonly resume: boolean
  readonly session: Readonly<Record<string, unknown>>
  readonly all: Readonly<Record<string, unknown>>
}

export function capabilitiesOf(initialized: Readonly<Record<string, unknown>>): AgentCapabilities {
  const all = isObject(initialized['agentCapabilities']) ? initialized['agentCapabilities'] : {}
  const session = isObject(all['sessionCapabilities']) ? all['sessionCapabilities'] : {}
  const has = (name: string): boolean => session[name] !== undefined && session[name] !== null
  return { loadSession: all['loadSession'] === true, resume: has('resume'), session, all }
}
