/// <reference types="node" preserve="true" />

export {
  LOG_ERRORS,
  LOG_LIMITS,
  LogError,
  type LogErrorCode,
  type LogEvent,
  type LogHealth,
  type LogLimits,
  type MemoryLogOptions,
  memoryLog,
  type SessionInfo,
  type SessionLog,
  type SessionRecord,
} from '@holdfast/log'
export { attachEndpoints, type Endpoints } from './attach.ts'
export {
  allowEveryone,
  hasScope,
  parseToken,
  SCOPES,
  type Scope,
  type TokenGrant,
  tokenAuthenticate,
  tokenRights,
} from './auth.ts'
export { requestCredentials, requestUrl } from './credentials.ts'
export { drainAll, RESTART_CLOSE, spreadReason } from './drain.ts'
export type {
  Authenticate,
  Credentials,
  GrantedAccess,
  Principal,
  RequestEndpoint,
  UpgradeEndpoint,
} from './endpoint.ts'
export { Entrance, type EntranceParts } from './entrance.ts'
export { SERVER_ERRORS, type ServerErrorCode, type ServerErrorRow, serverStatusOf } from './errors.ts'
export * from './grants/index.ts'
export { GUESS_LIMITS, type GuessLimits, type GuessOptions, slowGuesses } from './guesses.ts'
export {
  type AskLeadOptions,
  type AuthorizeSession,
  createHub,
  type DescribeInit,
  type FollowOptions,
  type HandleRequest,
  type HeldRequest,
  type HoldListener,
  type HoldPlan,
  type HoldRequest,
  HUB_ERRORS,
  Hub,
  type HubAccess,
  HubError,
  type HubErrorCode,
  type HubErrorRow,
  type HubHooks,
  type HubOptions,
  HubSession,
  type LeadBound,
  type LeadRequest,
  type Participant,
  type PublishOptions,
  type SessionItem,
} from './hub/index.ts'
export { HUB_LIMITS, type HubLimits } from './limits.ts'
export { type HubGauges, HubMetrics } from './metrics.ts'
export {
  type Admission,
  type AdmissionRequest,
  type AuthorizeShell,
  attachShells,
  type DefaultPolicyOptions,
  defaultPolicy,
  type EnvironmentParts,
  nodePty,
  ownerOnly,
  type PtyBackend,
  type PtyEvents,
  type PtyExit,
  type PtyProcess,
  type PtySpawn,
  pipes,
  type ScriptPtyOptions,
  SHELL_ERRORS,
  SHELL_LIMITS,
  SHELL_MARK,
  type ShellAction,
  type ShellEndpointOptions,
  type ShellErrorCode,
  type ShellErrorRow,
  ShellHost,
  type ShellHostOptions,
  type ShellLimits,
  type ShellRequestsOptions,
  type ShellSubject,
  type ShellSummary,
  type SpawnDecision,
  type SpawnPolicy,
  type SpawnRequest,
  scriptPty,
  shellEnvironment,
  shellRequests,
} from './shell/index.ts'
export { type TrustedProxies, trustedProxies } from './trusted-proxies.ts'
export { refuseUpgrade, type UpgradeRefusal } from './upgrade-refusal.ts'
