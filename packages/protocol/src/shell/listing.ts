import type { Decoded } from '@holdfast/contract'
import { parseWith } from '@holdfast/contract/shape'
import { recordingList, shellList } from './generated/checks.ts'
import type { RecordingList, ShellList } from './generated/types.ts'

/** Reads the answer to `GET /shells`. Never throws. */
export function parseShellList(body: unknown): Decoded<ShellList> {
  return parseWith('body', shellList, body)
}

/** Reads the answer to `GET /recordings`. Never throws. */
export function parseRecordingList(body: unknown): Decoded<RecordingList> {
  return parseWith('body', recordingList, body)
}
