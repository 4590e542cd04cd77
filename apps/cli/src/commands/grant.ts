import { Command, Option } from 'commander'
import { endpointOf, type GatewayFlags, withGateway } from '../endpoint.ts'
import { grantLine, listGrants, makeGrant, revokeGrant, timeUpTo } from '../gateway/grants.ts'
import { outputOn } from '../output.ts'
import { ownCommand } from '../own-command.ts'
import { UserError } from '../user-error.ts'

interface CreateOptions extends GatewayFlags {
  readonly session?: string | undefined
  readonly shell?: string | undefined
  readonly role: string
  readonly for: number
  readonly label?: string | undefined
}

const HOUR_MS = 3_600_000

/** `holdfast grant`: gives a person access to one session or one shell, for a time. */
export function grantCommand(): Command {
  return new Command('grant')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand())
    .addHelpText(
      'after',
      `
Examples:
  $ holdfast grant create --session s_42                          # to observe, for an hour
  $ holdfast grant create --session s_42 --role control --for 2d --label 'for Carl'
  $ holdfast grant create --shell work --role write --for 30m
  $ holdfast grant ls
  $ holdfast grant revoke g_x1y2`,
    )
}

function createCommand(): Command {
  return withGateway(new Command('create'))
    .description('make a grant; its token is printed this once')
    .option('--session <id>', 'the session')
    .addOption(new Option('--shell <id>', 'or the shell, one of your own').conflicts('session'))
    .option('--role <role>', 'observe, control or lead for a session; observe or write for a shell', 'observe')
    .addOption(
      new Option('--for <time>', 'until it ends: 90s, 30m, 8h, up to 30d')
        .argParser(timeUpTo('30d'))
        .default(HOUR_MS, '1h'),
    )
    .option('--label <text>', 'what it is for')
    .addHelpText('after', '\nExamples:\n  $ holdfast grant create --session s_42 --role control --for 2d')
    .action(async ({ session, shell, role, label, json, ...options }: CreateOptions) => {
      if (session === undefined && shell === undefined)
        throw new UserError('Name a session with --session, or a shell with --shell.')
      const made = await makeGrant(endpointOf(options), { session, shell, role, label, expiresInMs: options.for })
      const out = outputOn(process.stdout)
      if (json === true) return out.json(made)
      const err = outputOn(process.stderr)
      await err.line(`${grantLine(made, err)}\nAnyone with this token may do that. It is not shown again:`)
      await out.line(String(made['token']))
    })
}

function listCommand(): Command {
  return withGateway(new Command('ls').alias('list'))
    .description('your grants that have not ended; all of them for admin')
    .addHelpText('after', '\nExamples:\n  $ holdfast grant ls')
    .action(async ({ json, ...options }: GatewayFlags) => {
      const out = outputOn(process.stdout)
      const endpoint = endpointOf(options)
      const grants = await listGrants(endpoint)
      for (const grant of grants) await (json === true ? out.json(grant) : out.line(grantLine(grant, out)))
      if (grants.length > 0) return
      const make = ownCommand('grant create --session ID')
      await outputOn(process.stderr).line(`There are no grants on ${endpoint.url}. Try: ${make}`)
    })
}

function revokeCommand(): Command {
  return withGateway(new Command('revoke'))
    .description('end a grant now, and the connections with its token')
    .argument('<grant>', 'its id')
    .addHelpText('after', '\nExamples:\n  $ holdfast grant revoke g_x1y2')
    .action(async (id: string, { json, ...options }: GatewayFlags) => {
      const ended = await revokeGrant(endpointOf(options), id, 'grant ls')
      const out = outputOn(process.stdout)
      await (json === true ? out.json(ended) : out.line(`revoked ${id}`))
    })
}
