// Made from ../../src/tracker/schemas by packages/protocol/generate: change the schemas, and make it anew.
import type { z } from 'zod'
import type * as types from '../../src/tracker/generated/types.ts'
import type * as schemas from '../../src/tracker/schemas/index.ts'
import type { Holds, Same } from '../same.ts'

export type TrackerProject = Holds<Same<z.infer<typeof schemas.trackerProject>, types.TrackerProject>>
export type TrackerAuthOk = Holds<Same<z.infer<typeof schemas.trackerAuthOk>, types.TrackerAuthOk>>
export type TrackerAuthError = Holds<Same<z.infer<typeof schemas.trackerAuthError>, types.TrackerAuthError>>
export type TrackerHeartbeatAck = Holds<Same<z.infer<typeof schemas.trackerHeartbeatAck>, types.TrackerHeartbeatAck>>
export type TrackerSubscribeOk = Holds<Same<z.infer<typeof schemas.trackerSubscribeOk>, types.TrackerSubscribeOk>>
export type TrackerEvent = Holds<Same<z.infer<typeof schemas.trackerEvent>, types.TrackerEvent>>
export type TrackerKnownServerFrame = Holds<Same<z.infer<typeof schemas.trackerKnownServerFrame>, types.TrackerKnownServerFrame>>
export type TrackerServerFrame = Holds<Same<z.infer<typeof schemas.trackerServerFrame>, types.TrackerServerFrame>>
export type TrackerAuth = Holds<Same<z.infer<typeof schemas.trackerAuth>, types.TrackerAuth>>
export type TrackerHeartbeat = Holds<Same<z.infer<typeof schemas.trackerHeartbeat>, types.TrackerHeartbeat>>
export type TrackerAck = Holds<Same<z.infer<typeof schemas.trackerAck>, types.TrackerAck>>
export type TrackerNack = Holds<Same<z.infer<typeof schemas.trackerNack>, types.TrackerNack>>
export type TrackerChatSend = Holds<Same<z.infer<typeof schemas.trackerChatSend>, types.TrackerChatSend>>
export type TrackerStreamEvent = Holds<Same<z.infer<typeof schemas.trackerStreamEvent>, types.TrackerStreamEvent>>
export type TrackerKnownClientMessage = Holds<Same<z.infer<typeof schemas.trackerKnownClientMessage>, types.TrackerKnownClientMessage>>
export type TrackerClientMessage = Holds<Same<z.infer<typeof schemas.trackerClientMessage>, types.TrackerClientMessage>>
