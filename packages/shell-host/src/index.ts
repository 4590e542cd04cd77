export type { ShellStats, ShellSummary } from './generated/types.ts'
/// <reference types="node" preserve="true" />

export type { RequestedShell, ShellAccessOptions, ShellVisit } from './endpoint/shell-access.ts'
export { openShellCluster, type ShellCluster, type ShellClusterOptions } from './endpoint/shell-cluster.ts'
export { type ShellRequestsOptions, shellRequests } from './endpoint/shell-requests.ts'
export { type ShellPeer, type ShellRoute, type ShellTunnelOptions, tunnelShells } from './endpoint/shell-tunnels.ts'
export { attachShells, type ShellEndpointOptions } from './endpoint/ws-endpoint.ts'
export { SHELL_ERRORS, type ShellErrorCode, type ShellErrorRow } from './errors.ts'
export type { AdmissionRequest } from './host/admission-request.ts'
export {
  type AuthorizeShell,
  ownerOnly,
  type ShellAction,
  type ShellSubject,
} from './host/authorization.ts'
export { type EnvironmentParts, shellEnvironment } from './host/environment.ts'
export { type Authorization as Admission, ShellHost } from './host/shell-host.ts'
export type { ShellHostOptions } from './host/shell-host-options.ts'
export type { ShellRef } from './host/shell-summary.ts'
export {
  type DefaultPolicyOptions,
  defaultPolicy,
  type SpawnDecision,
  type SpawnPolicy,
  type SpawnRequest,
} from './host/spawn-policy.ts'
export { type UserAndHome, userAndHome } from './host/user-and-home.ts'
export { type KubernetesRequestsOptions, kubernetesRequests } from './kubernetes/kubernetes-requests.ts'
export type { PodCommands } from './kubernetes/pods.ts'
export { SHELL_LIMITS, type ShellLimits } from './limits.ts'
export { type HostRecord, SHELL_HOST_PROTOCOL } from './process/host-record.ts'
export type { HostService } from './process/host-service.ts'
export type { HostSettings } from './process/host-settings.ts'
export { type ServedShellHost, type ServeShellHostOptions, serveShellHost } from './process/serve-shell-host.ts'
export { ShellProcess, type ShellProcessOptions } from './process/shell-process.ts'
export { type KillTreeOptions, killTree, type ProcessTree, SHELL_MARK } from './pty/kill-tree.ts'
export { nodePty } from './pty/node-pty.ts'
export { pipes } from './pty/pipes.ts'
export type { PtyBackend, PtyEvents, PtyExit, PtyProcess, PtySpawn } from './pty/pty.ts'
export { type ScriptPtyOptions, scriptPty } from './pty/script-pty.ts'
export { type ShellUser, shellUser } from './pty/shell-user.ts'
export { RECORDING_LIMITS, type RecordingLimits, type RecordingOptions } from './recording/recording-options.ts'
export { type RecordingRequestsOptions, recordingRequests } from './recording/recording-requests.ts'
export { type KnownRecording, Recordings, type RecordingsOptions } from './recording/recordings.ts'
export { relayedPrincipals } from './tunnel/relayed-principal.ts'
