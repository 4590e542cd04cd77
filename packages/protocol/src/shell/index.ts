export { decodeInputAck, decodeOutputAck, encodeInputAck, encodeOutputAck, type OutputAck } from './acks.ts'
export {
  type CastEvent,
  type CastHeader,
  CastReader,
  castSize,
  encodeCastEvent,
  encodeCastHeader,
} from './asciicast.ts'
export {
  type CloseMeaning,
  SHELL_CLOSE,
  SHELL_CLOSE_CODES,
  SHELL_HTTP_STATUSES,
  shellCloseMeaning,
} from './close-codes.ts'
export { decodeClientControl, decodeServerControl, encodeControl } from './control.ts'
export {
  type ExecTarget,
  execPath,
  isShellPath,
  type OnConflict,
  type ProgramRequest,
  parseShellRequest,
  SESSION_ID_NAME,
  SHELL_ID_HEADER,
  type ShellRequest,
  type ShellTarget,
  shellPath,
} from './endpoint.ts'
export type * from './generated/types.ts'
export { parseRecordingList, parseShellList } from './listing.ts'
export { decodeResize, encodeResize, isTerminalSize } from './resize.ts'
export { isLease, isShellId } from './shell-id.ts'
export { isShellName, MAX_SHELL_NAME, MAX_SHELL_TITLE, shownTitle } from './shell-name.ts'
export { SHELL_SIGNALS } from './signals.ts'
export {
  decodeStatus,
  encodeConfirmation,
  encodeExit,
  NON_ZERO_EXIT,
  type ShellConfirmation,
  type ShellExit,
  type ShellStatus,
} from './status.ts'
export {
  K8S_V4_SUBPROTOCOL,
  K8S_V5_SUBPROTOCOL,
  negotiateShell,
  OAUTH_SUBPROTOCOL,
  oauthSubprotocols,
  type ShellDialect,
  type ShellNegotiation,
} from './subprotocols.ts'
