export type {
  TrackerClientMessage,
  TrackerProject,
  TrackerServerMessage,
  TrackerWelcome,
} from '@holdfast/protocol/tracker'
export type { SayOptions } from './chat-sender.ts'
export { TRACKER_ERRORS, TrackerError, type TrackerErrorCode, type TrackerErrorDetails } from './errors.ts'
export type { FailurePolicy, TrackerEvent, TrackerEventContext, TrackerEventHandler } from './event-intake.ts'
export type { TrackerReady } from './handshake.ts'
export { TRACKER_DEFAULTS, type TrackerAgentOptions, type TrackerEvents } from './options.ts'
export { Presence, type PresenceOptions } from './presence.ts'
export { trackerRetryPolicy } from './retry-policy.ts'
export { TrackerAgent } from './tracker-agent.ts'
export { TrackerProtocol } from './tracker-protocol.ts'
