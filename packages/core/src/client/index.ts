export { type ClientConnection, ClientLifecycle, type ClientRules, type ProblemKind } from './client-lifecycle.ts'
export {
  type ClientOptions,
  engineOptions,
  type Fresh,
  freshOf,
  isGiven,
  type LivenessOptions,
  type QueueOptions,
} from './client-options.ts'
export type { ClientEvents, ClosedEvent, ListenersOf } from './client-status.ts'
