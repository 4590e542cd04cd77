import { Command } from 'commander'
import { type EndpointOptions, endpointOf, type GatewayFlags, withGateway } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { listSessions, listShells, sessionLines, shellLines } from '../gateway/listings.ts'
import { type Output, outputOn } from '../output.ts'
import { ownCommand } from '../own-command.ts'
import { UserError } from '../user-error.ts'

interface ListOptions extends GatewayFlags {
  readonly all?: boolean | undefined
}

/** `holdfast ls`: everything that one can go to. */
export function listCommand(): Command {
  return withGateway(new Command('ls'))
    .option('-a, --all', 'archived sessions, too')
    .addHelpText(
      'after',
      `
Examples:
  $ holdfast ls
  $ holdfast ls --json | jq -r 'select(.kind == "shell") | .shellId'
  $ holdfast session ls, holdfast shell ls      one kind alone`,
    )
    .action(async ({ all, json, ...flags }: ListOptions) => {
      const endpoint = endpointOf(flags)
      const out = outputOn(process.stdout)
      const sessions = await mayFail(listSessions(endpoint, { all }))
      const shells = await mayFail(listShells(endpoint))
      // A token may be good for one kind alone.
      if (sessions instanceof UserError && shells instanceof UserError) throw sessions
      const parts = { sessions: orNone(sessions), shells: orNone(shells) }
      await (json === true ? printJson(parts, out) : print(parts, endpoint, out))
      for (const part of [sessions, shells]) {
        if (part instanceof UserError) await outputOn(process.stderr).line(`holdfast: ${part.message}`)
      }
    })
}

interface Parts {
  readonly sessions: Awaited<ReturnType<typeof listSessions>>
  readonly shells: Awaited<ReturnType<typeof listShells>>
}

async function printJson({ sessions, shells }: Parts, out: Output): Promise<void> {
  for (const one of sessions) await out.json({ kind: 'session', ...one })
  for (const one of shells) await out.json({ kind: 'shell', ...one })
}

async function print({ sessions, shells }: Parts, { url }: EndpointOptions, out: Output): Promise<void> {
  if (sessions.length > 0) await out.line(out.paint.dim('Sessions'))
  for (const line of sessionLines(sessions, out)) await out.line(`  ${line}`)
  if (shells.length > 0) await out.line(out.paint.dim('Shells'))
  for (const line of shellLines(shells, out)) await out.line(`  ${line}`)
  if (sessions.length + shells.length > 0) return
  await outputOn(process.stderr).line(`There are no sessions and no shells on ${url}. Try: ${ownCommand('shell')}`)
}

async function mayFail<T>(work: Promise<T>): Promise<T | UserError> {
  return work.catch((error: unknown) => {
    if (error instanceof UserError && error.exitCode === EXIT.refused) return error
    throw error
  })
}

function orNone<T>(part: readonly T[] | UserError): readonly T[] {
  return part instanceof UserError ? [] : part
}
