// Made from ../../../log/schemas by packages/protocol/generate: change the schemas, and make it anew.
import type { z } from 'zod'
import type * as types from '../../../log/src/generated/types.ts'
import type * as schemas from '../../../log/schemas/index.ts'
import type { Holds, Same } from '../same.ts'

export type SessionReach = Holds<Same<z.infer<typeof schemas.sessionReach>, types.SessionReach>>
export type SessionInfo = Holds<Same<z.infer<typeof schemas.sessionInfo>, types.SessionInfo>>
export type SessionRecord = Holds<Same<z.infer<typeof schemas.sessionRecord>, types.SessionRecord>>
export type SenderRun = Holds<Same<z.infer<typeof schemas.senderRun>, types.SenderRun>>
export type SenderRuns = Holds<Same<z.infer<typeof schemas.senderRuns>, types.SenderRuns>>
export type SenderRecord = Holds<Same<z.infer<typeof schemas.senderRecord>, types.SenderRecord>>
