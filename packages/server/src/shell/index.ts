export { relayedPrincipals } from '../tunnel/relayed-principal.ts'
export type { AdmissionRequest } from './admission-request.ts'
export {
  type AuthorizeShell,
  ownerOnly,
  type ShellAction,
  type ShellSubject,
} from './authorization.ts'
export { type EnvironmentParts, shellEnvironment } from './environment.ts'
export { SHELL_ERRORS, type ShellErrorCode, type ShellErrorRow } from './errors.ts'
export { SHELL_MARK } from './kill-tree.ts'
export { SHELL_LIMITS, type ShellLimits } from './limits.ts'
export { nodePty } from './node-pty.ts'
export { pipes } from './pipes.ts'
export {
  type DefaultPolicyOptions,
  defaultPolicy,
  type SpawnDecision,
  type SpawnPolicy,
  type SpawnRequest,
} from './policy.ts'
export type { PtyBackend, PtyEvents, PtyExit, PtyProcess, PtySpawn } from './pty.ts'
export { type ScriptPtyOptions, scriptPty } from './script-pty.ts'
export { openShellCluster, type ShellCluster, type ShellClusterOptions } from './shell-cluster.ts'
export type { ShellDoorOptions, ShellVisit, ShellWish } from './shell-door.ts'
export { type Admission, ShellHost, type ShellStats } from './shell-host.ts'
export type { ShellHostOptions } from './shell-host-options.ts'
export { type ShellRequestsOptions, shellRequests } from './shell-requests.ts'
export type { ShellSummary } from './shell-summary.ts'
export { type ShellPeer, type ShellRoute, type ShellTunnelOptions, tunnelShells } from './shell-tunnels.ts'
export { type ShellUser, shellUser } from './shell-user.ts'
export { type Surroundings, shellSurroundings } from './surroundings.ts'
export { attachShells, type ShellEndpointOptions } from './ws-endpoint.ts'
