import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { EXIT } from './exit-codes.ts'
import { UserError } from './user-error.ts'

/**
 * Looks whether a program can be run here, before anything is begun for it.
 * @throws UserError with the exit codes that shells have: 127 where it is not there, 126 where it cannot be run
 */
export function demandProgram(file: string, path: string = process.env['PATH'] ?? ''): void {
  const places = file.includes('/') ? [file] : path.split(delimiter).map((folder) => join(folder, file))
  const found = places.map(stateOf)
  if (found.includes('program')) return
  if (found.includes('file'))
    throw new UserError(`${file} cannot be run: it is not an executable program.`, EXIT.notRun)
  const where = file.includes('/') ? '' : ', or it is not on the PATH'
  throw new UserError(`There is no program ${file} here${where}. Nothing was started.`, EXIT.notStarted)
}

function stateOf(file: string): 'program' | 'file' | 'nothing' {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) return 'nothing'
  if (!found.isFile()) return 'file'
  try {
    accessSync(file, constants.X_OK)
    return 'program'
  } catch {
    return 'file'
  }
}

/** Why a program that was there could not be started after all. */
export function notStarted(file: string, error: unknown): UserError {
  const { code }: { readonly code?: unknown } = { ...Object(error) }
  if (code === 'EACCES')
    return new UserError(`${file} cannot be run: it is not an executable program.`, EXIT.notRun, error)
  const why = code === 'ENOENT' ? 'it is not there, or this folder is gone' : `the system says ${String(code)}`
  return new UserError(`${file} could not be started: ${why}.`, EXIT.notStarted, error)
}
