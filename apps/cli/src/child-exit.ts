import { constants } from 'node:os'

/** How a program ended as shells report it: its exit code, or 128 and the signal's number. */
export function exitCodeOf(code: unknown, signal: unknown): number {
  if (typeof code === 'number') return code
  for (const [name, number] of Object.entries(constants.signals)) if (name === signal) return 128 + number
  return 128
}
