export type { Fields } from '@holdfast/contract/shape'
export { announcedFrameLimit, FRAME_LIMIT_HEADER } from '../frame-limit-header.ts'
export {
  isKnownTrackerClientMessage,
  parseTrackerClientMessage,
  parseTrackerServerMessage,
  trackerClientCodec,
  trackerMessageName,
  trackerServerCodec,
} from './codec.ts'
export type { TrackerEndpoint } from './endpoint.ts'
export { trackerWebSocketUrl } from './endpoint.ts'
export type * from './generated/types.ts'
export type { TrackerServerMessage, TrackerWelcome } from './messages.ts'
