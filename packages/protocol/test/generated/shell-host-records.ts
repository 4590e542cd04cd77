// Made from ../../../shell-host/schemas by packages/protocol/generate: change the schemas, and make it anew.
import type { z } from 'zod'
import type * as types from '../../../shell-host/src/generated/types.ts'
import type * as schemas from '../../../shell-host/schemas/index.ts'
import type { Holds, Same } from '../same.ts'

export type HostRecord = Holds<Same<z.infer<typeof schemas.hostRecord>, types.HostRecord>>
export type RelayedGrant = Holds<Same<z.infer<typeof schemas.relayedGrant>, types.RelayedGrant>>
export type RelayedPrincipal = Holds<Same<z.infer<typeof schemas.relayedPrincipal>, types.RelayedPrincipal>>
export type ShellStats = Holds<Same<z.infer<typeof schemas.shellStats>, types.ShellStats>>
export type ShellSummary = Holds<Same<z.infer<typeof schemas.shellSummary>, types.ShellSummary>>
export type KillAnswer = Holds<Same<z.infer<typeof schemas.killAnswer>, types.KillAnswer>>
export type RenameAnswer = Holds<Same<z.infer<typeof schemas.renameAnswer>, types.RenameAnswer>>
export type ShellChangeBody = Holds<Same<z.infer<typeof schemas.shellChangeBody>, types.ShellChangeBody>>
export type StoredRecording = Holds<Same<z.infer<typeof schemas.storedRecording>, types.StoredRecording>>
