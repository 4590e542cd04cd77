import { randomBytes } from 'node:crypto'
import type { z } from 'zod'
import { defaultShell, linesOf, listOf, quoted } from './config/readers.ts'
import { settingsSchema } from './config/schema.ts'
import { GatewayError } from './errors.ts'
import { type GatewayFlags, SETTINGS, type Setting } from './settings.ts'

/** The environment, as `process.env` is. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A gateway's configuration, complete and checked. */
export type GatewayConfig = AsRead<ReturnType<typeof complete>>

/** Nothing in it may be changed. */
type AsRead<T> = T extends object ? { readonly [Member in keyof T]: AsRead<T[Member]> } : T

/** Files of a certificate with its chain, and of its key. PEM; absolute. */
export type TlsFiles = Readonly<NonNullable<GatewayConfig['tls']>>

/** Which NATS servers, and as whom. */
export type NatsConfig = Readonly<NonNullable<GatewayConfig['nats']>>

/** What one setting was given: on the command line, else in its variable. */
type Said = string | boolean | readonly string[] | undefined

/**
 * Flags over environment over defaults. An empty variable counts as absent.
 * @throws GatewayError `gateway/bad_config`, with a sentence for each setting that cannot be used, which never repeats a secret
 */
export function readConfig(flags: GatewayFlags, environment: Environment): GatewayConfig {
  const given: Readonly<Record<string, Said>> = { ...flags }
  const said: Readonly<Record<string, Said>> = Object.fromEntries(
    Object.entries(SETTINGS).map(([name, setting]) => [name, saidOf(setting, given[name], environment[setting.env])]),
  )
  const read = settingsSchema.safeParse(said)
  if (read.success) return complete(read.data, environment['SHELL'])
  throw unusable(read.error.issues, said)
}

function saidOf({ repeatable, isByLine }: Setting, flag: Said, variable: string | undefined): Said {
  if (!repeatable) return flag ?? (variable || undefined)
  const read = isByLine === true ? linesOf : listOf
  const all = Array.isArray(flag) ? flag : read(variable ?? '')
  return all.length === 0 ? undefined : all
}

/** What the settings mean together. */
function complete(settings: z.output<typeof settingsSchema>, login: string | undefined) {
  const { store, token, shell, 'tls-cert': cert, 'tls-key': key, 'keep-shells': keepShells } = settings
  const generatedToken = token.length === 0 ? randomBytes(24).toString('base64url') : undefined
  // Nothing of a gateway in memory outlives it, unless that is asked for.
  const usual = store.store === 'memory' && !keepShells ? ('inside' as const) : ('process' as const)
  return {
    host: settings.host.host,
    /** Absolute path of a Unix socket to listen on, instead of host and port. */
    socket: settings.host.socket,
    port: settings.port,
    /** Absent: plain http. Files of a certificate with its chain, and of its key: PEM, absolute. */
    tls: cert === undefined || key === undefined ? undefined : { cert, key },
    /** A path before all others, without a slash at its end; empty: none. */
    basePath: settings['base-path'],
    /** Absolute. */
    data: settings.data,
    store: store.store,
    /** Set where the store is NATS: its servers, with the credentials that were given. Never shown. */
    nats:
      store.store === 'nats'
        ? { servers: store.servers, system: settings['nats-system'], shards: settings['nats-shards'] }
        : undefined,
    /** Name of this gateway among those that share a store. Absent: the machine's name and the port. */
    node: settings.node,
    /** Where the other gateways reach this one. Absent: where it listens. */
    advertise: settings.advertise,
    tokens: generatedToken === undefined ? token : [{ secret: generatedToken, principal: 'default' }],
    /** Set where no token was configured: the secret of the random one, to be shown once. */
    generatedToken,
    /** Besides the gateway's own host. */
    origins: settings.origin,
    /** Proxies whose word about the client is believed: addresses, networks, `loopback`, `unix`. */
    trustedPeers: settings['trust-proxy'],
    /** Who may find a session that names no reach: all principals with the scope, or its owner alone. */
    sessions: settings.sessions,
    sharing: settings.sharing === 'on',
    /** Absent: shells are switched off. */
    shell: shell === undefined ? defaultShell(login) : shell.program,
    /** Arguments of the shell. */
    shellArgs: shell?.args ?? [],
    /** Which shells are recorded. */
    record: settings.record,
    /** Clients of Kubernetes find pods: these commands, the machine and its shells. Absent: they find none. */
    pods: settings.kubernetes || settings.pod.length > 0 ? Object.fromEntries(settings.pod) : undefined,
    /** As whom shells run. Absent: as the gateway's own user. */
    shellUser: settings['shell-user'],
    /** In a process of their own, which outlives a gateway that dies, or inside the gateway's. */
    shellHost: settings['shell-host'] ?? usual,
    /** Shells outlive a gateway that is stopped, too. */
    keepShells,
    /** Coding agents, by name: their command. */
    agents: Object.fromEntries(settings.agent),
    /** A file that has more of them. */
    agentsFile: settings['agents-file'],
    /** Folders below which agents may work. Empty: where the gateway was started. */
    agentFolders: settings['agent-folder'],
    /** Variables of agents; without a value the gateway's own. */
    agentVariables: Object.fromEntries(settings['agent-env']),
    /** Without a client and without work for so long, it ends. Absent: never. */
    endWhenIdleMs: settings['end-when-idle'],
    /** Whether the data folder has address and token. */
    hasAddressFile: settings['address-file'],
    json: settings.json,
  }
}

/** One line for each setting, in their order. */
function unusable(issues: readonly z.core.$ZodIssue[], said: Readonly<Record<string, Said>>): GatewayError {
  const names = Object.keys(SETTINGS).filter((name) => issues.some(({ path }) => path[0] === name))
  const lines = names.flatMap((name) =>
    issues.filter(({ path }) => path[0] === name).map((issue) => sentenceOf(name, issue, said[name])),
  )
  return new GatewayError('gateway/bad_config', lines.join('\n'), { setting: names.join(' ') })
}

function sentenceOf(name: string, issue: z.core.$ZodIssue, said: Said): string {
  const setting: Setting | undefined = Object.entries(SETTINGS).find(([one]) => one === name)?.[1]
  const place = setting?.isWithoutFlag === true ? `${setting.env}` : `--${name} (${setting?.env})`
  const [, at] = issue.path
  const number = setting?.isSecret === true && typeof at === 'number' ? `number ${at + 1} is not usable: ` : ''
  return `${place}: ${number}${expectationOf(issue, setting, said)}.`
}

function expectationOf(issue: z.core.$ZodIssue, setting: Setting | undefined, said: Said): string {
  const got = typeof said === 'string' && setting?.isSecret !== true ? `, got ${quoted(said)}` : ''
  if (issue.code === 'invalid_value') return `expected ${issue.values.join(' or ')}${got}`
  if (issue.code === 'custom') return issue.message
  if (issue.code === 'invalid_union') return `${issue.message} in ${setting?.env}${got}`
  return `${issue.message}${got}`
}
