// Made from ../../src/shell/schemas by packages/protocol/generate: change the schemas, and make it anew.
import type { z } from 'zod'
import type * as types from '../../src/shell/generated/types.ts'
import type * as schemas from '../../src/shell/schemas/index.ts'
import type { Holds, Same } from '../same.ts'

export type ShellSignal = Holds<Same<z.infer<typeof schemas.shellSignal>, types.ShellSignal>>
export type ClientControl = Holds<Same<z.infer<typeof schemas.clientControl>, types.ClientControl>>
export type ServerControl = Holds<Same<z.infer<typeof schemas.serverControl>, types.ServerControl>>
export type ShellPermission = Holds<Same<z.infer<typeof schemas.shellPermission>, types.ShellPermission>>
export type ShellListing = Holds<Same<z.infer<typeof schemas.shellListing>, types.ShellListing>>
export type ShellList = Holds<Same<z.infer<typeof schemas.shellList>, types.ShellList>>
export type RecordingListing = Holds<Same<z.infer<typeof schemas.recordingListing>, types.RecordingListing>>
export type RecordingList = Holds<Same<z.infer<typeof schemas.recordingList>, types.RecordingList>>
export type TerminalSize = Holds<Same<z.infer<typeof schemas.terminalSize>, types.TerminalSize>>
export type TerminalSizing = Holds<Same<z.infer<typeof schemas.terminalSizing>, types.TerminalSizing>>
export type ResumeOffer = Holds<Same<z.infer<typeof schemas.resumeOffer>, types.ResumeOffer>>
export type ShellStatusFrame = Holds<Same<z.infer<typeof schemas.shellStatusFrame>, types.ShellStatusFrame>>
