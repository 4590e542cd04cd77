export type { EventStreamEnd } from './channel.ts'
export type { TransportSseErrorCode } from './errors.ts'
export { TRANSPORT_SSE_ERRORS } from './errors.ts'
export { eventStream } from './event-stream.ts'
export type {
  ByteReader,
  ByteStream,
  Fetch,
  FetchResponse,
  SystemFetch,
  SystemRequest,
  SystemResponse,
} from './fetch-types.ts'
export type { EventStreamOptions } from './options.ts'
export { EVENT_STREAM_DEFAULTS } from './options.ts'
export { systemFetch } from './system-fetch.ts'
