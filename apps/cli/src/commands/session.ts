import { Command } from 'commander'
import { confirm } from '../confirm.ts'
import { endpointOf, type GatewayFlags, withGateway } from '../endpoint.ts'
import { callGateway } from '../gateway/gateway-api.ts'
import { listSessions, oneLine, type SessionsQuery, sessionLines } from '../gateway/listings.ts'
import { outputOn } from '../output.ts'
import { ownCommand } from '../own-command.ts'
import { tableOf } from '../table.ts'

/** What shows the sessions that are there. */
const NEXT = 'ls'

interface ListOptions extends GatewayFlags, SessionsQuery {}

interface RemoveOptions extends GatewayFlags {
  readonly yes?: boolean | undefined
}

interface ExportOptions extends GatewayFlags {
  readonly text?: boolean | undefined
}

/** `holdfast session`: the sessions of a gateway, without being in one. */
export function sessionCommand(): Command {
  return new Command('session')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(exportCommand())
    .addCommand(archiveCommand())
    .addCommand(unarchiveCommand())
    .addCommand(removeCommand())
    .addHelpText(
      'after',
      `
To follow one live: holdfast observe. To say something to its lead: holdfast control.

Examples:
  $ holdfast session ls --search nightly
  $ holdfast session show s_42
  $ holdfast session export s_42 s_42.json
  $ holdfast session archive s_42
  $ holdfast session rm s_42`,
    )
}

function listCommand(): Command {
  return withGateway(new Command('ls').alias('list'))
    .description('the sessions that you may see, the last active first')
    .option('-a, --all', 'archived ones, too')
    .option('--search <text>', 'only those with this in their label, task or id')
    .addHelpText('after', '\nExamples:\n  $ holdfast session ls --json | jq -r .sessionId')
    .action(async ({ json, all, search, ...flags }: ListOptions) => {
      const endpoint = endpointOf(flags)
      const out = outputOn(process.stdout)
      const sessions = await listSessions(endpoint, { all, search })
      for (const one of json === true ? sessions : []) await out.json(one)
      for (const line of json === true ? [] : sessionLines(sessions, out)) await out.line(line)
      if (sessions.length === 0) {
        const none = search === undefined ? 'There are no sessions' : 'There are no such sessions'
        await outputOn(process.stderr).line(`${none} on ${endpoint.url}. Try: ${ownCommand('lead -- date')}`)
      }
    })
}

function showCommand(): Command {
  return withGateway(new Command('show'))
    .description('what a session is, and who is in it')
    .argument('<session>', 'its id')
    .addHelpText('after', '\nExamples:\n  $ holdfast session show s_42')
    .action(async (sessionId: string, { json, ...flags }: GatewayFlags) => {
      const endpoint = endpointOf(flags)
      const session = await callGateway(endpoint, 'GET', pathOf(sessionId), { next: NEXT })
      const { participants } = await callGateway(endpoint, 'GET', `${pathOf(sessionId)}/participants`, { next: NEXT })
      const people = Array.isArray(participants) ? participants : []
      const out = outputOn(process.stdout)
      if (json === true) return out.json({ ...session, participants: people })
      const names = ['label', 'status', 'createdAt', 'lastActivityAt', 'visibility', 'task', 'tags'] as const
      const rows = names.map((name) => [name, oneLine(session[name])]).filter(([, value]) => value !== '')
      const here = people.map(({ id, role, connectedAt }) => ['here', `${role} ${oneLine(id)} since ${connectedAt}`])
      for (const line of tableOf([['session', oneLine(sessionId)], ...rows, ...here])) await out.line(line)
    })
}

function exportCommand(): Command {
  return withGateway(new Command('export'))
    .description('the whole conversation of a session, as JSON or to read')
    .argument('<session>', 'its id')
    .argument('[file]', 'where to; it must not exist (default: standard output)')
    .option('--text', 'to read, as holdfast observe shows it')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast session export s_42 s_42.json\n  $ holdfast session export s_42 --text | less -R',
    )
    .action(async (sessionId: string, file: string | undefined, { text, ...flags }: ExportOptions) => {
      const { exportSession } = await import('../gateway/session-export.ts')
      await exportSession(endpointOf(flags), sessionId, { file, isText: text === true, next: NEXT })
    })
}

function archiveCommand(): Command {
  return withGateway(new Command('archive'))
    .description('put sessions away: they are listed with --all alone, and are not used')
    .argument('<session...>', 'their ids')
    .addHelpText('after', '\nExamples:\n  $ holdfast session archive s_42\n  $ holdfast session ls --all')
    .action((sessions: readonly string[], flags: GatewayFlags) => setAway(sessions, flags, ['archive', 'archived']))
}

function unarchiveCommand(): Command {
  return withGateway(new Command('unarchive'))
    .description('take sessions out of the archive')
    .argument('<session...>', 'their ids')
    .addHelpText('after', '\nExamples:\n  $ holdfast session unarchive s_42')
    .action((sessions: readonly string[], flags: GatewayFlags) => setAway(sessions, flags, ['resume', 'unarchived']))
}

async function setAway(
  sessions: readonly string[],
  { json, ...flags }: GatewayFlags,
  [act, done]: readonly [act: 'archive' | 'resume', done: string],
): Promise<void> {
  const endpoint = endpointOf(flags)
  const out = outputOn(process.stdout)
  for (const sessionId of sessions) {
    const answer = await callGateway(endpoint, 'POST', `${pathOf(sessionId)}/${act}`, { next: NEXT })
    await (json === true ? out.json(answer) : out.line(`${done} ${sessionId}`))
  }
}

function removeCommand(): Command {
  return withGateway(new Command('rm'))
    .description('delete a session and all that was said in it')
    .argument('<session...>', 'their ids')
    .option('-y, --yes', 'without being asked')
    .addHelpText('after', '\nExamples:\n  $ holdfast session rm s_42\n  $ holdfast session rm s_42 s_43 --yes')
    .action(async (sessions: readonly string[], { json, yes, ...flags }: RemoveOptions) => {
      const endpoint = endpointOf(flags)
      // There is no question about what does not exist.
      if (yes !== true) for (const one of sessions) await callGateway(endpoint, 'GET', pathOf(one), { next: NEXT })
      await confirm(`Delete ${sessions.join(', ')}, and all that was said in it?`, yes === true)
      const out = outputOn(process.stdout)
      for (const sessionId of sessions) {
        const answer = await callGateway(endpoint, 'DELETE', pathOf(sessionId), { next: NEXT })
        await (json === true ? out.json(answer) : out.line(`deleted ${sessionId}`))
      }
    })
}

function pathOf(sessionId: string): string {
  return `/api/hub/session/${encodeURIComponent(sessionId)}`
}
