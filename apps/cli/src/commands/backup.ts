import { existsSync, renameSync, rmSync } from 'node:fs'
import { Command } from 'commander'
import { countNoun } from '../count-noun.ts'
import { type EndpointFlags, type EndpointOptions, endpointOf, tokenOption, urlOption } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { outputOn } from '../output.ts'
import { ownCommand } from '../own-command.ts'
import { progressOn } from '../progress.ts'
import { fetchCopy } from '../store-copy.ts'
import { UserError } from '../user-error.ts'

interface BackupOptions extends EndpointFlags {
  readonly json?: boolean | undefined
}

/** `holdfast backup`: a whole copy of the store of a gateway that runs. */
export function backupCommand(): Command {
  return new Command('backup')
    .argument('<file>', 'where to; it must not exist')
    .addOption(urlOption())
    .addOption(tokenOption())
    .option('--json', 'the result as a line of JSON')
    .addHelpText(
      'after',
      `
The token needs the scope admin. The gateway serves on meanwhile; the copy is made beside its data first and needs room
there, or in its temporary folder. A store in NATS is backed up with the tools of NATS.

To restore: stop the gateway, put the file in the place of sessions.db in its data folder, remove sessions.db-wal, start.

Examples:
  $ holdfast backup sessions-$(date +%F).db
  $ holdfast backup /backups/hub.db --url https://hub.example --json`,
    )
    .action(async (file: string, options: BackupOptions) => {
      await backup(endpointOf(options), file, options.json === true)
    })
}

async function backup(endpoint: EndpointOptions, file: string, json: boolean): Promise<void> {
  if (existsSync(file)) throw new UserError(`${file} is there already. Name a new file.`)
  const part = `${file}.part-${process.pid}`
  const progress = progressOn(process.stderr)
  try {
    progress.print('The gateway makes a copy')
    const bytes = await fetchCopy(endpoint, part, (done, total) => progress.share('Copying', done, total))
    const { checkStore } = await import('@holdfast/app-gateway')
    const report = await checkStore(part, { onProgress: (done, total) => progress.share('Checking', done, total) })
    progress.end()
    const out = outputOn(process.stdout)
    const { sessions, events, isWhole, damaged, findings } = report
    renameSync(part, file)
    if (json) await out.json({ file, bytes, ...report })
    else
      await out.line(
        `${file}: ${countNoun(sessions, 'session')}, ${countNoun(events, 'event')}, ${countNoun(bytes, 'byte')}`,
      )
    if (isWhole) return
    const what = [...damaged.map(({ session }) => session), ...findings].slice(0, 3).join(', ')
    throw new UserError(
      `The store itself is damaged, and so is the copy (${what}). See: ${ownCommand(`store check ${file}`)}`,
      EXIT.failed,
    )
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT' && !(error instanceof UserError)) {
      throw new UserError(`The folder of ${file} is not there.`, EXIT.usage, error)
    }
    throw error
  } finally {
    progress.end()
    rmSync(part, { force: true })
  }
}
