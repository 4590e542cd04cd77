/// <reference types="node" preserve="true" />

export { type AcpEndpoint, type AcpEndpointOptions, acpEndpoint } from './endpoint/acp-endpoint.ts'
export { ACP_ENDPOINT_LIMITS, type AcpEndpointLimits } from './endpoint/limits.ts'
export { ACP_ERRORS, type AcpErrorCode, type AcpErrorRow } from './errors.ts'
export { AGENT_LIMITS, type AgentLimits } from './limits.ts'
export type { AcpConnection, AcpPeer, AcpService, EarlierConnection, LogOrigin } from './peer.ts'
export type {
  AgentProgram,
  AgentPrograms,
  EndTreeOptions,
  ProcessTools,
  ProcessTree,
  ProgramEnd,
  ProgramSink,
  ProgramSpec,
  ProgramState,
} from './programs/agent-programs.ts'
export { LocalPrograms, type LocalProgramsOptions } from './programs/local-programs.ts'
export { type ConnectPrograms, RemotePrograms } from './programs/remote-programs.ts'
export { servePrograms } from './programs/serve-programs.ts'
export type { AgentConfig } from './runner/agent-config.ts'
export { AcpAgents, type AcpAgentsOptions, type AcpStats } from './service/acp-agents.ts'
export type { AcquiredLead, LedSessions, SessionAccess } from './session/led-sessions.ts'
export type { AgentQuestion, QuestionPolicy } from './session/question-policy.ts'
