// Made from ../../../../apps/cli/schemas by packages/protocol/generate: change the schemas, and make it anew.
import type { z } from 'zod'
import type * as types from '../../../../apps/cli/src/generated/types.ts'
import type * as schemas from '../../../../apps/cli/schemas/index.ts'
import type { Holds, Same } from '../same.ts'

export type Context = Holds<Same<z.infer<typeof schemas.context>, types.Context>>
export type StoredContexts = Holds<Same<z.infer<typeof schemas.storedContexts>, types.StoredContexts>>
