import type { Decoded } from '@holdfast/contract'
import { parseWith } from '@holdfast/contract/shape'
import { shellList } from './generated/checks.ts'
import type { ShellList } from './generated/types.ts'

/** Reads the answer to `GET /shells`. Never throws. */
export function parseShellList(body: unknown): Decoded<ShellList> {
  return parseWith('body', shellList, body)
}
