export { STREAM_ERRORS, type StreamErrorCode, type StreamErrorRow } from './errors.ts'
export { STREAM_LIMITS, type StreamLimits } from './limits.ts'
export type { SessionSource, SessionStateAt } from './session-source.ts'
export { createStreams, Streams, type StreamsOptions } from './streams.ts'
