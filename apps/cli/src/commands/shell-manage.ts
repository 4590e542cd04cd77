import { Command } from 'commander'
import { confirm } from '../confirm.ts'
import { endpointOf, type GatewayFlags, withGateway } from '../endpoint.ts'
import { callGateway } from '../gateway/gateway-api.ts'
import { listShells, shellLines } from '../gateway/listings.ts'
import { outputOn } from '../output.ts'
import { ownCommand } from '../own-command.ts'

/** What shows the shells that are there. */
const NEXT = 'shell ls'

interface KillOptions extends GatewayFlags {
  readonly yes?: boolean | undefined
}

/** What can be done to shells without being in them, by the word after `holdfast shell`. */
export const SHELL_MANAGEMENT: Readonly<Record<string, () => Command>> = {
  ls: listCommand,
  kill: killCommand,
  rename: renameCommand,
}

function listCommand(): Command {
  return withGateway(new Command('ls'))
    .description('the shells that you may see')
    .addHelpText(
      'after',
      "\nExamples:\n  $ holdfast shell ls\n  $ holdfast shell ls --json | jq -r 'select(.running).shellId'",
    )
    .action(async (_own: GatewayFlags, command: Command) => {
      const { json, ...flags }: GatewayFlags = command.optsWithGlobals()
      const endpoint = endpointOf(flags)
      const out = outputOn(process.stdout)
      const shells = await listShells(endpoint)
      for (const one of json === true ? shells : []) await out.json(one)
      for (const line of json === true ? [] : shellLines(shells, out)) await out.line(line)
      if (shells.length === 0) {
        await outputOn(process.stderr).line(`There are no shells on ${endpoint.url}. Try: ${ownCommand('shell')}`)
      }
    })
}

function killCommand(): Command {
  return withGateway(new Command('kill'))
    .description('end a shell and every program in it')
    .argument('<shell...>', 'their ids')
    .option('-y, --yes', 'without being asked')
    .addHelpText('after', '\nExamples:\n  $ holdfast shell kill build\n  $ holdfast shell kill build test --yes')
    .action(async (shells: readonly string[], _own: KillOptions, command: Command) => {
      const { json, yes, ...flags }: KillOptions = command.optsWithGlobals()
      const endpoint = endpointOf(flags)
      // There is no question about what does not exist.
      if (yes !== true) for (const one of shells) await callGateway(endpoint, 'GET', pathOf(one), { next: NEXT })
      await confirm(`End ${shells.join(', ')}, and every program in it?`, yes === true)
      const out = outputOn(process.stdout)
      for (const shellId of shells) {
        const answer = await callGateway(endpoint, 'DELETE', pathOf(shellId), { next: NEXT })
        await (json === true ? out.json({ shellId, ...answer }) : out.line(`ended ${shellId}`))
      }
    })
}

function renameCommand(): Command {
  return withGateway(new Command('rename'))
    .description('give a shell a name for people; its id stays')
    .argument('<shell>', 'its id')
    .argument('[name...]', 'without one, it has none again')
    .addHelpText('after', '\nExamples:\n  $ holdfast shell rename s1 "nightly build"')
    .action(async (shellId: string, words: readonly string[], _own: GatewayFlags, command: Command) => {
      const { json, ...flags }: GatewayFlags = command.optsWithGlobals()
      const name = words.join(' ')
      const body = { name: name === '' ? null : name }
      const shell = await callGateway(endpointOf(flags), 'PATCH', pathOf(shellId), { body, next: NEXT })
      if (json === true) await outputOn(process.stdout).json(shell)
    })
}

function pathOf(shellId: string): string {
  return `/shells/${encodeURIComponent(shellId)}`
}
