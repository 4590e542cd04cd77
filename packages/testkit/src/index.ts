export { BoundsAudit } from './bounds-audit.ts'
export type { Observed, ObservedLink } from './connection-audits.ts'
export { ClosedAudit, DialAudit, ProgressAudit, RecoveryAudit, SingleWriterAudit } from './connection-audits.ts'
export type { DeliveryClass, DeliveryOutcome } from './delivery-audit.ts'
export { DeliveryAudit } from './delivery-audit.ts'
export type { TestkitErrorCode } from './errors.ts'
export { TESTKIT_ERRORS } from './errors.ts'
export type { Directions, Fault, RandomScriptOptions, TimedFault } from './faults.ts'
export { randomScript } from './faults.ts'
export { InboundAudit } from './inbound-audit.ts'
export type { LeakGuard, LeakGuardOptions } from './leak-guard.ts'
export { leakGuard } from './leak-guard.ts'
export { LivenessAudit } from './liveness-audit.ts'
export type { Matched, Pattern } from './matches.ts'
export type { AcceptOptions, Direction, MemoryLink, MemoryRequest, RefuseOptions } from './memory-link.ts'
export type { PipeConditions } from './memory-pipe.ts'
export type {
  DialFault,
  ListenOptions,
  MemoryListener,
  MemoryNetwork,
  MemoryNetworkOptions,
  MemoryTransportOptions,
  Serve,
} from './memory-transport.ts'
export { MEMORY_NETWORK_DEFAULTS, memoryNetwork } from './memory-transport.ts'
export { ReaderAudit } from './reader-audit.ts'
export type { LogLine, RecordingLogger } from './recording-logger.ts'
export { recordingLogger } from './recording-logger.ts'
export type { ScriptedPeer, ScriptedServer, ScriptedServerOptions } from './scripted-peer.ts'
export { scriptedServer } from './scripted-peer.ts'
export { SecretAudit } from './secret-audit.ts'
export type { SeededRandom } from './seeded-random.ts'
export { seededRandom } from './seeded-random.ts'
export type { RunningScript, ScriptOptions, SimulatedNetwork } from './simulated-network.ts'
export { simulatedNetwork } from './simulated-network.ts'
export type { Audit } from './violations.ts'
export { assertNoViolations } from './violations.ts'
export type { PendingTimer, VirtualClockOptions } from './virtual-clock.ts'
export { VIRTUAL_CLOCK_DEFAULTS, VirtualClock } from './virtual-clock.ts'
export type { ClockJump, Lateness, SleepOptions } from './virtual-process.ts'
export { VirtualProcess } from './virtual-process.ts'
