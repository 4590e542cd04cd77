import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { EXIT } from '../exit-codes.ts'
import { UserError } from '../user-error.ts'

/** Where a gateway of one's own has its data, where nothing else is said (XDG). */
export function ownDataFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment['XDG_STATE_HOME'] || join(environment['HOME'] || homedir(), '.local', 'state'), 'holdfast')
}

/** Makes it where it is not there, for its owner alone. @throws UserError */
export function makeDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw unusableFolder(folder, cause)
  }
}

/** Why nothing can be kept there. */
export function unusableFolder(folder: string, cause: unknown): UserError {
  const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  return new UserError(`${folder} cannot be written: ${why}. Choose another folder with --data.`, EXIT.usage, cause)
}
