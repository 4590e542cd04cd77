import type { Outcome } from '../state/turn-types.ts'
import type { ClientSessions } from './client-sessions.ts'
import type { SessionCall } from './service-core.ts'

/** Passed on to the agent's program: they are about no session. */
export const AGENT_METHODS: ReadonlySet<string> = new Set(['authenticate', 'logout'])

/** Every request about sessions that a client may make, and what it does. What is not here reaches no agent. */
export const SESSION_METHODS: Readonly<
  Record<string, (sessions: ClientSessions, call: SessionCall) => Promise<Outcome>>
> = {
  'session/new': (sessions, call) => sessions.create(call),
  'session/load': (sessions, call) => sessions.load(call),
  'session/resume': (sessions, call) => sessions.load(call),
  'session/list': (sessions, call) => sessions.list(call),
  'session/prompt': (sessions, call) => sessions.prompt(call),
  'session/set_mode': (sessions, call) => sessions.ask(call),
  'session/set_config_option': (sessions, call) => sessions.ask(call),
  'session/set_model': (sessions, call) => sessions.ask(call),
  'session/close': (sessions, call) => sessions.askWhereOffered(call),
  'session/delete': (sessions, call) => sessions.askWhereOffered(call),
}

export function isKnownMethod(method: string): boolean {
  return method === 'initialize' || AGENT_METHODS.has(method) || SESSION_METHODS[method] !== undefined
}
