// Made from ../../../acp-host/schemas by packages/protocol/generate: change the schemas, and make it anew.
import type { z } from 'zod'
import type * as types from '../../../acp-host/src/generated/types.ts'
import type * as schemas from '../../../acp-host/schemas/index.ts'
import type { Holds, Same } from '../same.ts'

export type AcpAuthor = Holds<Same<z.infer<typeof schemas.acpAuthor>, types.AcpAuthor>>
export type AcpRecord = Holds<Same<z.infer<typeof schemas.acpRecord>, types.AcpRecord>>
export type AcpProgramNote = Holds<Same<z.infer<typeof schemas.acpProgramNote>, types.AcpProgramNote>>
