/** The server's end of sockets that resume, for a server of your own. */

export {
  RESUMABLE_DEFAULTS,
  type ResumableSockets,
  type ResumableSocketsOptions,
  resumableSockets,
} from './resumable-sockets.ts'
export type { ClosedReason, ResumableSession, ServerSocket, SessionHandlers } from './session-types.ts'
