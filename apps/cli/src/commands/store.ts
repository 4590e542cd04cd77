import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { StoreReport } from '@holdfast/app-gateway'
import { SETTINGS } from '@holdfast/app-gateway/surface'
import { HoldfastError } from '@holdfast/core'
import { Command } from 'commander'
import { countNoun } from '../count-noun.ts'
import { EXIT } from '../exit-codes.ts'
import { outputOn } from '../output.ts'
import { ownCommand } from '../own-command.ts'
import { printable } from '../printable.ts'
import { progressOn } from '../progress.ts'
import { UserError } from '../user-error.ts'

/** `holdfast store`: a data folder of this machine, without a gateway. */
export function storeCommand(): Command {
  return new Command('store')
    .addCommand(checkCommand())
    .addHelpText('after', '\nExamples:\n  $ holdfast store check /var/lib/holdfast')
}

function checkCommand(): Command {
  return new Command('check')
    .description('read everything in a store, and name what is damaged')
    .argument('[path]', 'a data folder, its sessions.db or a backup (default: HOLDFAST_DATA or .holdfast)')
    .option('--json', 'the result as a line of JSON')
    .addHelpText(
      'after',
      `
Exit codes: 0 everything can be read, 1 something is damaged, 2 there is no store, or a gateway uses it (check a backup
then: holdfast backup). Nothing is changed, but for what every start does: what is in sessions.db-wal is taken in.

A damaged session is refused by the gateway while all others are served. Restore a backup, or remove the session.

Examples:
  $ holdfast store check
  $ holdfast store check /var/lib/holdfast
  $ holdfast store check backup.db --json`,
    )
    .action(async (path: string | undefined, { json }: { readonly json?: boolean | undefined }) => {
      process.exitCode = await check(path ?? process.env[SETTINGS.data.env] ?? SETTINGS.data.fallback, json === true)
    })
}

async function check(path: string, json: boolean): Promise<number> {
  const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? join(path, 'sessions.db') : path
  const { checkStore } = await import('@holdfast/app-gateway')
  const progress = progressOn(process.stderr)
  try {
    progress.print('Reading the file')
    const report = await checkStore(file, { onProgress: (done, total) => progress.share('Checking', done, total) })
    progress.end()
    const out = outputOn(process.stdout)
    if (json) await out.json({ file, ...report })
    else for (const line of linesOf(file, report)) await out.line(line)
    return report.isWhole ? EXIT.ok : EXIT.failed
  } catch (error) {
    progress.end()
    throw inWords(error, file)
  }
}

function linesOf(file: string, { isWhole, sessions, events, damaged, findings }: StoreReport): readonly string[] {
  return [
    `${file}: ${countNoun(sessions, 'session')}, ${countNoun(events, 'event')}, ${isWhole ? 'everything can be read' : 'damaged'}`,
    ...findings.map((finding) => `  the file: ${printable(finding)}`),
    ...damaged.map(({ session, reason }) => `  session ${printable(session)}: ${reason}`),
  ]
}

function inWords(error: unknown, file: string): unknown {
  const code = error instanceof HoldfastError ? error.code : ''
  if (code === 'sqlite/locked') {
    return new UserError(`A gateway uses ${file}. Check a copy: ${ownCommand('backup copy.db')}`, EXIT.usage, error)
  }
  if (code === 'sqlite/open_failed')
    return new UserError(`There is no store at ${file}, or it cannot be opened.`, EXIT.usage, error)
  if (code !== 'sqlite/not_a_log') return error
  return new UserError(`${file} is no store, or its first pages are damaged: restore a backup.`, EXIT.failed, error)
}
