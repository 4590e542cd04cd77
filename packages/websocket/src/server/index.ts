/** The server's end of sockets that resume, for a server of your own. */

export {
  RESUMABLE_DEFAULTS,
  type ResumableSockets,
  resumableSockets,
} from './resumable-sockets.ts'
export type {
  ClosedReason,
  ResumableSession,
  ResumableSocketsOptions,
  ServerSocket,
  SessionHandlers,
} from './session-types.ts'
