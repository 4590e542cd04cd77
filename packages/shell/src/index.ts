export { parseCheckpoint, type ShellCheckpoint } from './checkpoint.ts'
export { presignedShell, type ShellEndpointOptions, shellEndpoint } from './credentials.ts'
export type { ShellEnding } from './ending.ts'
export { SHELL_SESSION_ERRORS, ShellSessionError, type ShellSessionErrorCode } from './errors.ts'
export type { ShellGapFrame, ShellOutput, ShellSessionFrame } from './frame.ts'
export type { HandshakeHost, ShellReady } from './handshake.ts'
export type { LostInput } from './input.ts'
export {
  type ConnectContext,
  type ConnectShell,
  type ReconnectOptions,
  SHELL_SESSION_DEFAULTS,
  type ShellSessionOptions,
} from './options.ts'
export { type PasteOptions, paste } from './paste.ts'
export type { ShellSessionEvents } from './session-events.ts'
export { type ShellProtocolOptions, shellProtocol } from './shell-protocol.ts'
export { ShellSession } from './shell-session.ts'
