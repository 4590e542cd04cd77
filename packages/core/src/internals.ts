/** For packages and tests of this repository: it may change at any time. */

export type { Explainable } from './connection/explain.ts'
export {
  type Effect,
  INITIAL_MACHINE,
  type Machine,
  type MachineEnv,
  type MachineEvent,
} from './connection/machine/state.ts'
export { step } from './connection/machine/step.ts'
export type { Interruptible, OutageOptions } from './connection/outages.ts'
export { Outbox } from './delivery/outbox/outbox.ts'
export type { Confirmation, OutboxHost } from './delivery/outbox/outbox-host.ts'
export { callBack, Emitter, type EventSource, follow } from './support/callbacks.ts'
export { type Deferred, deferred } from './support/deferred.ts'
export { TaskPool, type TaskPoolOptions } from './support/task-pool.ts'
