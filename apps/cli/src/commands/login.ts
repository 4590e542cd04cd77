import { Command } from 'commander'
import { demandToken, httpUrl } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { contextsFile, readContexts, withContext, withoutContext, writeContexts } from '../gateway/contexts.ts'
import { evidenceOf, fetchGateway } from '../gateway/gateway-api.ts'
import type { Context } from '../generated/types.ts'
import { outputOn } from '../output.ts'
import { ownCommand } from '../own-command.ts'
import { refusalOf } from '../refusals/refusals.ts'
import { readSecret } from '../secret-prompt.ts'
import { tableOf } from '../table.ts'
import { UserError } from '../user-error.ts'

interface ListOptions {
  readonly json?: boolean | undefined
}

/** `holdfast login`: remembers gateways and their tokens, for this user alone. */
export function loginCommand(): Command {
  return new Command('login')
    .argument('[link]', 'the gateway, or the link that holdfast serve prints', 'http://127.0.0.1:4600')
    .option('--name <name>', 'what it is called from then on (default: its host)')
    .addCommand(listCommand())
    .addCommand(useCommand())
    .addCommand(removeCommand())
    .addHelpText(
      'after',
      `
The token is asked for, and not shown; in a pipe it is the first line of standard input. It is tried first. It is kept in
${contextsFile().replace(process.env['HOME'] ?? '\0', '~')}, which only you can read. --url, HOLDFAST_URL and HOLDFAST_TOKEN win over it.

Examples:
  $ holdfast login https://hub.example
  $ holdfast login https://hub.example --name work < token.txt
  $ holdfast shell --url work              another gateway than the current one
  $ holdfast login use work                the current one from now on`,
    )
    .action(async (link: string, { name }: { readonly name?: string }) => {
      await login(link, name)
    })
}

async function login(link: string, name: string | undefined): Promise<void> {
  const { address, token: inLink } = partsOf(link)
  const url = httpUrl(address)
  const called = name ?? new URL(url).host
  demandName(called)
  const given = inLink ?? (await readSecret(`Token for ${url} (not shown): `))
  const token = given === '' ? undefined : given
  if (token !== undefined) demandToken(token)
  await tryToken(url, token)
  writeContexts(withContext(readContexts(), { name: called, url, ...(token === undefined ? {} : { token }) }))
  const err = outputOn(process.stderr)
  await err.line(`Logged in to ${url} as "${called}". Next: ${ownCommand('ls')}, or ${ownCommand('shell')}`)
}

/** A link has its token in the fragment, which is never sent. */
function partsOf(link: string): { readonly address: string; readonly token: string | undefined } {
  const [address = '', fragment = ''] = link.split('#', 2)
  return { address, token: new URLSearchParams(fragment).get('token') ?? undefined }
}

/** @throws UserError where the gateway refuses it, or cannot be reached: nothing is kept then */
async function tryToken(url: string, token: string | undefined): Promise<void> {
  // For everybody who may come in, whatever the token lets do there.
  const response = await fetchGateway({ url, token }, 'GET', '/api/me')
  const text = await response.text()
  // A page is no gateway's answer.
  if (response.ok && text.trimStart().startsWith('{')) return
  throw refusalOf(evidenceOf(response, text), { url, token })
}

function demandName(name: string): void {
  if (/^[\w.:-]{1,128}$/.test(name)) return
  throw new UserError('--name: expected 1 to 128 letters, digits, dots, colons and dashes.')
}

function listCommand(): Command {
  return new Command('ls')
    .alias('list')
    .description('the gateways that you are logged in to; * marks the current one')
    .option('--json', 'as lines of JSON, without tokens')
    .addHelpText('after', '\nExamples:\n  $ holdfast login ls')
    .action(async ({ json }: ListOptions) => {
      const out = outputOn(process.stdout)
      const { all, current, issues = [] } = readContexts()
      const err = outputOn(process.stderr)
      for (const issue of issues) await err.line(`holdfast: ${issue}`)
      const isCurrent = ({ name }: Context): boolean => name === current
      if (json === true) {
        for (const one of all) await out.json({ name: one.name, url: one.url, current: isCurrent(one) })
        return
      }
      const rows = all.map((one) => [isCurrent(one) ? '*' : ' ', one.name, one.url])
      for (const line of tableOf(rows)) await out.line(line)
      if (all.length === 0)
        await err.line(`You are logged in to no gateway. Try: ${ownCommand('login http://127.0.0.1:4600')}`)
    })
}

function useCommand(): Command {
  return new Command('use')
    .description('the gateway that is meant where none is named')
    .argument('<name>', 'as holdfast login ls shows it')
    .addHelpText('after', '\nExamples:\n  $ holdfast login use work')
    .action((name: string) => writeContexts({ ...readContexts(), current: demandContext(name) }))
}

function removeCommand(): Command {
  return new Command('rm')
    .description('forget a gateway and its token')
    .argument('<name>', 'as holdfast login ls shows it')
    .addHelpText('after', '\nExamples:\n  $ holdfast login rm work')
    .action((name: string) => writeContexts(withoutContext(readContexts(), demandContext(name))))
}

function demandContext(name: string): string {
  if (readContexts().all.some((one) => one.name === name)) return name
  throw new UserError(`You are not logged in to a gateway "${name}". Try: ${ownCommand('login ls')}`, EXIT.notFound)
}
