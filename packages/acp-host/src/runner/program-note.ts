import { fits } from '@holdfast/contract/shape'
import { acpProgramNote } from '../generated/checks.ts'
import type { AcpProgramNote } from '../generated/types.ts'

/** What an earlier server has left beside a program; nothing where it cannot be read. */
export function readNote(text: string | undefined): AcpProgramNote {
  try {
    const note: unknown = JSON.parse(text ?? '{}')
    if (fits(acpProgramNote, note)) return note
  } catch {
    // As if there were none.
  }
  return { sessions: [] }
}

export function writeNote(note: AcpProgramNote): string {
  return JSON.stringify(note)
}
