import { Command, Option } from 'commander'
import { confirm } from '../confirm.ts'
import { type EndpointOptions, endpointOf, type GatewayFlags, withGateway } from '../endpoint.ts'
import { grantLine, listGrants, revokeGrant, timeUpTo } from '../gateway/grants.ts'
import { outputOn } from '../output.ts'
import { ownCommand } from '../own-command.ts'
import type { ShareRequest } from '../share-link.ts'

const HOUR_MS = 3_600_000

interface ShareOptions extends GatewayFlags {
  readonly session?: string | undefined
  readonly shell?: string | undefined
  readonly write?: boolean | undefined
  readonly for: number
  readonly address?: string | undefined
  readonly label?: string | undefined
  readonly qr: boolean
  readonly yes?: boolean | undefined
}

/** `holdfast share`: a link with which a person watches one session or one shell, for a time. */
export function shareCommand(): Command {
  return withGateway(new Command('share'))
    .argument('[id]', 'the session or the shell')
    .option('--session <id>', 'the session, where a shell has the same id')
    .addOption(new Option('--shell <id>', 'the shell, where a session has the same id').conflicts('session'))
    .option('--write', 'let them write: type into the shell, speak to the lead of the session; asks first')
    .addOption(
      new Option('--for <time>', 'until it ends: 10m, 8h, up to 24h').argParser(timeUpTo('24h')).default(HOUR_MS, '1h'),
    )
    .option('--address <url>', 'of the gateway as they reach it (default: as you do)', undefined)
    .option('--label <text>', 'what it is for, in share ls')
    .option('--no-qr', 'the link alone')
    .option('-y, --yes', 'with --write: without being asked')
    .addCommand(listCommand())
    .addCommand(revokeCommand())
    .addHelpText(
      'after',
      `
The link is all that is needed: no other token. Its token is in the fragment, which browsers never send. In a pipe the
link alone is on standard output. An operator can switch sharing off: holdfast serve --sharing off.

Examples:
  $ holdfast share build                 watch the shell "build", for an hour
  $ holdfast share s_42 --for 8h
  $ holdfast share build --write --for 10m
  $ holdfast share ls
  $ holdfast share revoke g_x1y2`,
    )
    .action(async (id: string | undefined, options: ShareOptions) => {
      const { for: forMs, label, address, qr, write, yes, json } = options
      const endpoint = endpointOf(options)
      // Not statically: what draws a code is only needed here.
      const { targetOf, shareLink, printShare } = await import('../share-link.ts')
      const target = await targetOf(endpoint, { id, session: options.session, shell: options.shell })
      if (write === true) await confirmWriting(target, yes === true)
      const request = { target, isWriter: write === true, forMs, label, address }
      await printShare(await shareLink(endpoint, request), { isJson: json === true, hasCode: qr })
    })
}

function confirmWriting({ kind, id }: ShareRequest['target'], isSure: boolean): Promise<void> {
  const what =
    kind === 'shell'
      ? `Anyone with the link can type into the shell ${id}: run anything there, with your rights. Share it?`
      : `Anyone with the link can speak to the lead of the session ${id}, in your name. Share it?`
  return confirm(what, isSure)
}

function listCommand(): Command {
  return withGateway(new Command('ls').alias('list'))
    .description('what you share, until when')
    .addHelpText('after', '\nExamples:\n  $ holdfast share ls')
    .action(async (_own: GatewayFlags, command: Command) => {
      const { endpoint, isJson } = flagsIn(command)
      const out = outputOn(process.stdout)
      const grants = await listGrants(endpoint)
      for (const grant of grants) await (isJson ? out.json(grant) : out.line(grantLine(grant, out)))
      if (grants.length === 0)
        await outputOn(process.stderr).line(`You share nothing. Try: ${ownCommand('share --help')}`)
    })
}

function revokeCommand(): Command {
  return withGateway(new Command('revoke'))
    .description('end what you share now, and the connections with its link')
    .argument('<share...>', 'their ids, as share ls shows them')
    .addHelpText('after', '\nExamples:\n  $ holdfast share revoke g_x1y2')
    .action(async (ids: readonly string[], _own: GatewayFlags, command: Command) => {
      const { endpoint, isJson } = flagsIn(command)
      const out = outputOn(process.stdout)
      for (const id of ids) {
        const ended = await revokeGrant(endpoint, id, 'share ls')
        await (isJson ? out.json(ended) : out.line(`revoked ${id}`))
      }
    })
}

/** Options of a command below `share`: `--url` may stand before it. */
function flagsIn(command: Command): { readonly endpoint: EndpointOptions; readonly isJson: boolean } {
  const { json, ...flags }: GatewayFlags = command.optsWithGlobals()
  return { endpoint: endpointOf(flags), isJson: json === true }
}
