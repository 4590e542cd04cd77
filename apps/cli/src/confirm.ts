import { createInterface } from 'node:readline/promises'
import { EXIT } from './exit-codes.ts'
import { UserError } from './user-error.ts'

/**
 * Asks before something that cannot be undone, or that gives access. Anything but y or yes is a no.
 * @throws UserError for a no; where there is no terminal to ask in, unless `isSure`
 */
export async function confirm(question: string, isSure: boolean): Promise<void> {
  if (isSure) return
  if (process.stdin.isTTY !== true) {
    throw new UserError(`${question} There is no terminal to ask on; say --yes.`, EXIT.usage)
  }
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl+C is no signal while a line is edited.
  const interrupted = new AbortController()
  reader.on('SIGINT', () => interrupted.abort())
  try {
    const answer = await reader.question(`${question} [y/N] `, { signal: interrupted.signal })
    if (!/^y(es)?$/i.test(answer.trim())) throw new UserError('Nothing was done.', EXIT.failed)
  } catch (error) {
    throw interrupted.signal.aborted ? new UserError('', EXIT.interrupted) : error
  } finally {
    reader.close()
  }
}
