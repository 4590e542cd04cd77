import { readAddress } from '@holdfast/app-gateway/address-file'
import { isSecretName } from '@holdfast/core/contract'
import { type Command, Option } from 'commander'
import { type Contexts, readContexts } from './gateway/contexts.ts'
import type { Context } from './generated/types.ts'
import { ownCommand } from './own-command.ts'
import { ownDataFolder } from './own-gateway/data-folder.ts'
import { UserError } from './user-error.ts'

/** The gateway where nothing names one. */
const DEFAULT_URL = 'http://127.0.0.1:4600'

/** The gateway that `holdfast acp` has started for this user, where there is no login for one of that name. */
const OWN = 'own'

/** What the command line says of the gateway; {@link endpointOf} adds the rest. */
export interface EndpointFlags {
  readonly url?: string | undefined
  readonly token?: string | undefined
}

/** A gateway, and the token for it. */
export interface EndpointOptions extends EndpointFlags {
  readonly url: string
}

/** `--url`, with its environment variable. */
export function urlOption(): Option {
  return new Option(
    '--url <url>',
    `the gateway, or the name that holdfast login gave it (default: that of holdfast login, else ${DEFAULT_URL})`,
  ).env('HOLDFAST_URL')
}

/** `--token`, with its environment variable. Its value is never shown. */
export function tokenOption(): Option {
  return new Option('--token <secret>', 'credential; better in HOLDFAST_TOKEN, which other users cannot see')
}

/** The options of every command that asks a gateway something and prints its answer. */
export function withGateway(command: Command): Command {
  return command.addOption(urlOption()).addOption(tokenOption()).option('--json', 'as lines of JSON')
}

/** What {@link withGateway} gives. */
export interface GatewayFlags extends EndpointFlags {
  readonly json?: boolean | undefined
}

/**
 * Where to dial, checked: what is named, else the gateway that one is logged in to. A kept token goes to no other address.
 * @throws UserError for an address that cannot be dialed or has a secret in it
 */
export function endpointOf({ url: named, token: given }: EndpointFlags): EndpointOptions {
  const contexts = readContexts()
  for (const issue of contexts.issues ?? []) process.stderr.write(`holdfast: ${issue}\n`)
  const context = contexts.all.find(({ name }) => name === (named ?? contexts.current))
  if (context === undefined && named === OWN) return ownEndpoint()
  if (context === undefined && named !== undefined) demandAddress(named, contexts)
  const url = httpUrl(context?.url ?? named ?? DEFAULT_URL)
  const isByName = context !== undefined && named !== undefined
  const otherwise = isByName ? undefined : process.env['HOLDFAST_TOKEN'] || undefined
  const token = given ?? otherwise ?? keptToken(context, contexts.all, url)
  if (token !== undefined) demandToken(token)
  return { url, token }
}

/** Whether a gateway is named: on the command line, in the environment, or by `holdfast login`. */
export function isGatewayNamed({ url }: EndpointFlags): boolean {
  return url !== undefined || readContexts().current !== undefined
}

/** @throws UserError where there is none */
function ownEndpoint(): EndpointOptions {
  const folder = ownDataFolder()
  const address = readAddress(folder)
  if (address !== undefined) return { url: address.url, token: address.token }
  const start = ownCommand('acp -- COMMAND')
  throw new UserError(
    `--url own: no gateway of yours runs (there is no gateway.json in ${folder}). It starts with: ${start}`,
  )
}

/** A bare word is the name of a login; an address of one word is written with its scheme. @throws UserError */
function demandAddress(named: string, { all }: Contexts): void {
  if (!/^[\w-]+$/.test(named) || named === 'localhost') return
  const known = all.map(({ name }) => name).join(', ')
  const which =
    known === '' ? `You are logged in to no gateway: ${ownCommand('login')}` : `You are logged in to ${known}`
  throw new UserError(`--url: there is no login "${named}". ${which}. An address is written http://${named}.`)
}

/** Of the context that was named; of an address, that of a context with it. */
function keptToken(context: Context | undefined, all: readonly Context[], url: string): string | undefined {
  return (context ?? all.find((one) => one.url === url))?.token
}

/** @throws UserError where a header cannot carry it */
export function demandToken(token: string): void {
  if (/^[\x21-\x7e]+$/.test(token)) return
  throw new UserError('The token has characters that cannot travel in a header; check it for spaces and line ends.')
}

/** The `http(s)` form of an address, without a trailing slash. @throws UserError */
export function httpUrl(text: string): string {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.canParse(whole) ? new URL(whole.replace(/^ws/i, 'http')) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new UserError(`--url: expected an address such as ${DEFAULT_URL}.`)
  }
  const hasSecret = url.username !== '' || url.password !== '' || [...url.searchParams.keys()].some(isSecretName)
  if (hasSecret) throw new UserError('--url: addresses end up in logs. Give the credential as HOLDFAST_TOKEN instead.')
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

/** The headers that carry a token. */
export function authorization(token: string | undefined): Readonly<Record<string, string>> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}
