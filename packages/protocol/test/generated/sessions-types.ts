// Made from ../../src/sessions/schemas by packages/protocol/generate: change the schemas, and make it anew.
import type { z } from 'zod'
import type * as types from '../../src/sessions/generated/types.ts'
import type * as schemas from '../../src/sessions/schemas/index.ts'
import type { Holds, Same } from '../same.ts'

export type SessionPermissionRequest = Holds<Same<z.infer<typeof schemas.sessionPermissionRequest>, types.SessionPermissionRequest>>
export type SessionInterruptRequest = Holds<Same<z.infer<typeof schemas.sessionInterruptRequest>, types.SessionInterruptRequest>>
export type SessionSetPermissionModeRequest = Holds<Same<z.infer<typeof schemas.sessionSetPermissionModeRequest>, types.SessionSetPermissionModeRequest>>
export type SessionSetModelRequest = Holds<Same<z.infer<typeof schemas.sessionSetModelRequest>, types.SessionSetModelRequest>>
export type SessionInitializeRequest = Holds<Same<z.infer<typeof schemas.sessionInitializeRequest>, types.SessionInitializeRequest>>
export type SessionControlInner = Holds<Same<z.infer<typeof schemas.sessionControlInner>, types.SessionControlInner>>
export type SessionPermissionAnswer = Holds<Same<z.infer<typeof schemas.sessionPermissionAnswer>, types.SessionPermissionAnswer>>
export type SessionControlRequest = Holds<Same<z.infer<typeof schemas.sessionControlRequest>, types.SessionControlRequest>>
export type SessionControlResult = Holds<Same<z.infer<typeof schemas.sessionControlResult>, types.SessionControlResult>>
export type SessionControlResponse = Holds<Same<z.infer<typeof schemas.sessionControlResponse>, types.SessionControlResponse>>
export type SessionControlCancel = Holds<Same<z.infer<typeof schemas.sessionControlCancel>, types.SessionControlCancel>>
export type SessionControlMessage = Holds<Same<z.infer<typeof schemas.sessionControlMessage>, types.SessionControlMessage>>
export type SessionAssistantMessage = Holds<Same<z.infer<typeof schemas.sessionAssistantMessage>, types.SessionAssistantMessage>>
export type SessionUserMessage = Holds<Same<z.infer<typeof schemas.sessionUserMessage>, types.SessionUserMessage>>
export type SessionResultMessage = Holds<Same<z.infer<typeof schemas.sessionResultMessage>, types.SessionResultMessage>>
export type SessionSystemMessage = Holds<Same<z.infer<typeof schemas.sessionSystemMessage>, types.SessionSystemMessage>>
export type SessionStreamEventMessage = Holds<Same<z.infer<typeof schemas.sessionStreamEventMessage>, types.SessionStreamEventMessage>>
export type SessionAuthFrame = Holds<Same<z.infer<typeof schemas.sessionAuthFrame>, types.SessionAuthFrame>>
export type SessionKnownMessage = Holds<Same<z.infer<typeof schemas.sessionKnownMessage>, types.SessionKnownMessage>>
export type SessionOtherMessage = Holds<Same<z.infer<typeof schemas.sessionOtherMessage>, types.SessionOtherMessage>>
export type SessionMessage = Holds<Same<z.infer<typeof schemas.sessionMessage>, types.SessionMessage>>
