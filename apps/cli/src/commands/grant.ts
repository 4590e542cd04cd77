import { Command, InvalidArgumentError, Option } from 'commander'
import { authorization, type EndpointOptions, endpointOf, tokenOption, urlOption } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { printable } from '../hub-view.ts'
import { type Output, outputOn } from '../output.ts'
import { fieldsOf } from '../tracker-api.ts'
import { UserError } from '../user-error.ts'

type Fields = Readonly<Record<string, unknown>>

interface CommonOptions {
  readonly url: string
  readonly token?: string | undefined
  readonly json?: boolean | undefined
}

interface CreateOptions extends CommonOptions {
  readonly session?: string | undefined
  readonly shell?: string | undefined
  readonly role: string
  readonly for: number
  readonly label?: string | undefined
}

const CALL_MS = 10_000
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `holdfast grant`: lets somebody into one session or one shell, for a time. */
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
  const command = new Command('create').description('make a grant; its token is printed this once')
  return withEndpoint(command)
    .option('--session <id>', 'the session')
    .addOption(new Option('--shell <id>', 'or the shell, one of your own').conflicts('session'))
    .option('--role <role>', 'observe, control or lead for a session; observe or write for a shell', 'observe')
    .option('--for <time>', 'until it ends: 90s, 30m, 8h, up to 30d', timeOf, timeOf('1h'))
    .option('--label <text>', 'what it is for')
    .action(async ({ session, shell, role, label, ...options }: CreateOptions) => {
      if (session === undefined && shell === undefined)
        throw new UserError('Name a session with --session, or a shell with --shell.')
      const made = await call(endpointOf(options), 'POST', '', {
        session,
        shell,
        role,
        label,
        expiresInMs: options.for,
      })
      const out = outputOn(process.stdout)
      if (options.json === true) return out.json(made)
      const err = outputOn(process.stderr)
      await err.line(`${rowOf(made, err)}\nWhoever has this token may do that. It is not shown again:`)
      await out.line(String(made['token']))
    })
}

function listCommand(): Command {
  const command = new Command('ls').alias('list').description('your grants that have not ended; all of them for admin')
  return withEndpoint(command).action(async (options: CommonOptions) => {
    const { grants } = await call(endpointOf(options), 'GET', '')
    const out = outputOn(process.stdout)
    for (const grant of Array.isArray(grants) ? grants.map(fieldsOf) : []) {
      await (options.json === true ? out.json(grant) : out.line(rowOf(grant, out)))
    }
  })
}

function revokeCommand(): Command {
  const command = new Command('revoke').description('end a grant now, and the connections of whoever has its token')
  return withEndpoint(command.argument('<grant>', 'its id')).action(async (id: string, options: CommonOptions) => {
    const ended = await call(endpointOf(options), 'DELETE', `/${encodeURIComponent(id)}`)
    const out = outputOn(process.stdout)
    await (options.json === true ? out.json(ended) : out.line(`revoked ${id}`))
  })
}

function withEndpoint(command: Command): Command {
  return command.addOption(urlOption()).addOption(tokenOption()).option('--json', 'as lines of JSON')
}

async function call({ url, token }: EndpointOptions, method: string, path: string, body?: Fields): Promise<Fields> {
  const response = await fetch(`${url}/api/grants${path}`, {
    method,
    headers: authorization(token),
    signal: AbortSignal.timeout(CALL_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new UserError(`${url} could not be reached. Try: holdfast doctor ${url}`, EXIT.failed, error)
  })
  const answer = fieldsOf(await response.json().catch(() => undefined))
  if (response.ok) return answer
  const { message } = fieldsOf(answer['error'])
  const codes: Readonly<Record<number, number>> = {
    400: EXIT.usage,
    401: EXIT.refused,
    403: EXIT.refused,
    404: EXIT.notFound,
  }
  const said = typeof message === 'string' ? message : `${url} knows no grants.`
  throw new UserError(said, codes[response.status] ?? EXIT.failed)
}

/** One line for people: id, what, as whom, until when, by whom, what for. */
function rowOf(grant: Fields, { paint }: Output): string {
  const { id, session, shell, role, by, endsAt, label } = grant
  const what = session === undefined ? `shell ${shown(shell)}` : `session ${shown(session)}`
  const until = typeof endsAt === 'string' ? endsAt.slice(0, 16).replace('T', ' ') : '?'
  const why = label === undefined ? '' : `  ${shown(label)}`
  return `${paint.bold(shown(id))}  ${shown(role)} ${what}  ${paint.dim(`until ${until} UTC, by ${shown(by)}`)}${why}`
}

/** A label is somebody else's text: nothing in it acts on the terminal. */
function shown(value: unknown): string {
  return printable(String(value ?? '')).replaceAll('\n', ' ')
}

function timeOf(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const ms = Number(count) * (UNITS[unit] ?? Number.NaN)
  if (ms >= 1_000 && ms <= 2_592_000_000) return ms
  throw new InvalidArgumentError('Expected a time such as 90s, 30m, 8h or 7d, 30d at most.')
}
