export type { ListenerOf } from '../support/callbacks.ts'
export {
  type ClientConnection,
  ClientLifecycle,
  type ClientRules,
  connectClient,
  ownError,
  type ProblemKind,
} from './client-lifecycle.ts'
export {
  type ClientOptions,
  engineOptions,
  type Fresh,
  freshOf,
  isGiven,
  type LivenessOptions,
  pingOptions,
  type QueueOptions,
} from './client-options.ts'
export { type ClientEvents, type ClosedEvent, isConnected, type ListenersOf } from './client-status.ts'
