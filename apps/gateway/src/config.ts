import { randomBytes } from 'node:crypto'
import { accessSync, constants, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseToken, type TokenGrant, trustedProxies } from '@holdfast/server'
import { shellUser } from '@holdfast/shell-host'
import { GatewayError } from './errors.ts'
import { type GatewayFlags, SETTINGS } from './settings.ts'

/** Only in the environment: whoever lists the processes reads their flags. */
const NATS_SYSTEM = 'HOLDFAST_NATS_SYSTEM'
/** Of use once in the life of a store. */
const NATS_SHARDS = 'HOLDFAST_NATS_SHARDS'

/** Bytes of the path of a Unix socket (unix(7)). */
const MAX_SOCKET_PATH = 107

/** A gateway's configuration, complete and checked. */
export interface GatewayConfig {
  readonly host: string
  readonly port: number
  /** Absolute path of a Unix socket to listen on, instead of host and port. */
  readonly socket?: string | undefined
  /** Absent: plain http. */
  readonly tls?: TlsFiles | undefined
  /** A path before all others, without a slash at its end; empty: none. */
  readonly basePath: string
  /** Absolute. */
  readonly data: string
  readonly store: 'embedded' | 'memory' | 'nats'
  /** Set where the store is NATS: its servers, with the credentials that were given. Never shown. */
  readonly nats?: NatsConfig | undefined
  /** Name of this gateway among those that share a store. Absent: the machine's name and the port. */
  readonly node?: string | undefined
  /** Where the other gateways reach this one. Absent: where it listens. */
  readonly advertise?: string | undefined
  readonly tokens: readonly TokenGrant[]
  /** Set where no token was configured: the secret of the random one, to be shown once. */
  readonly generatedToken?: string | undefined
  /** Besides the gateway's own host. */
  readonly origins: readonly string[]
  /** Proxies whose word about the client is believed: addresses, networks, `loopback`, `unix`. */
  readonly trustedPeers: readonly string[]
  /** Who may find a session that was made without a wish: whoever has the scope, or its owner alone. */
  readonly sessions: 'open' | 'private'
  /** Absent: shells are switched off. */
  readonly shell?: string | undefined
  /** As whom shells run. Absent: as the gateway's own user. */
  readonly shellUser?: string | undefined
  /** In a process of their own, which outlives a gateway that dies, or inside the gateway's. */
  readonly shellHost: 'process' | 'inside'
  /** Shells outlive a gateway that is stopped, too. */
  readonly keepShells: boolean
  readonly json: boolean
}

/** Files of a certificate with its chain, and of its key. PEM; absolute. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** Which NATS servers, and as whom. */
export interface NatsConfig {
  readonly servers: readonly string[]
  /** `user:password` of the system account, only to see how the servers are set up. */
  readonly system?: string | undefined
  /** Streams of a store that is new. */
  readonly shards?: number | undefined
}

/** Settings with any number of values. */
type ListSetting = 'token' | 'origin' | 'trust-proxy'

/** Settings with one value of text. */
type TextSetting = Exclude<keyof GatewayFlags, ListSetting | 'keep-shells' | 'json'>

/** The environment, as `process.env` is. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Flags over environment over defaults. An empty variable counts as absent.
 * @throws GatewayError `gateway/bad_config`, with one sentence that names the setting and never repeats a secret
 */
export function readConfig(flags: GatewayFlags, environment: Environment): GatewayConfig {
  const one = (name: TextSetting): string | undefined => flags[name] ?? (environment[SETTINGS[name].env] || undefined)
  const many = (name: ListSetting): readonly string[] => flags[name] ?? listOf(environment[SETTINGS[name].env] ?? '')
  const tokens = many('token').map(readToken)
  const generatedToken = tokens.length === 0 ? randomBytes(24).toString('base64url') : undefined
  const { store, servers } = readStore(one('store') ?? SETTINGS.store.fallback)
  const advertise = one('advertise')
  const keepShells = flags['keep-shells'] ?? readSwitch('keep-shells', environment)
  return {
    ...readHost(one('host') ?? SETTINGS.host.fallback),
    port: readPort(one('port') ?? SETTINGS.port.fallback),
    tls: readTls(one('tls-cert'), one('tls-key')),
    basePath: readBasePath(one('base-path') ?? SETTINGS['base-path'].fallback),
    data: resolve(nonEmpty('data', one('data') ?? SETTINGS.data.fallback)),
    store,
    nats: servers === undefined ? undefined : readNats(servers, environment),
    node: readNode(one('node')),
    advertise: advertise === undefined ? undefined : readAdvertise(advertise),
    tokens: generatedToken === undefined ? tokens : [{ secret: generatedToken, principal: 'default' }],
    generatedToken,
    origins: many('origin').map(readOrigin),
    trustedPeers: readPeers(many('trust-proxy').flatMap(listOf)),
    sessions: readSessions(one('sessions') ?? SETTINGS.sessions.fallback),
    shell: readShell(one('shell'), environment['SHELL']),
    shellUser: readShellUser(one('shell-user')),
    shellHost: readShellHost(one('shell-host'), store, keepShells),
    keepShells,
    json: flags.json ?? readLog(environment[SETTINGS.json.env]),
  }
}

/** Lists in variables are separated by spaces or commas. */
function listOf(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((part) => part !== '')
}

function readHost(text: string): Pick<GatewayConfig, 'host' | 'socket'> {
  if (!text.startsWith('unix:')) return { host: nonEmpty('host', text) }
  const socket = resolve(text.slice('unix:'.length))
  // The kernel's bound, with the zero behind it.
  if (text !== 'unix:' && Buffer.byteLength(socket) <= MAX_SOCKET_PATH) return { host: text, socket }
  throw bad('host', `expected unix:/path of at most ${MAX_SOCKET_PATH} bytes, got ${quoted(text)}`)
}

function readTls(cert: string | undefined, key: string | undefined): TlsFiles | undefined {
  if (cert === undefined && key === undefined) return undefined
  if (cert !== undefined && key !== undefined) return { cert: resolve(cert), key: resolve(key) }
  const missing = cert === undefined ? 'tls-cert' : 'tls-key'
  throw bad(missing, 'a certificate and its key are given together')
}

function readBasePath(text: string): string {
  const path = text.replace(/\/+$/, '')
  if (path === '' || /^(\/[\w.~-]+)+$/.test(path)) return path
  throw bad('base-path', `expected a path such as /holdfast, got ${quoted(text)}`)
}

function nonEmpty(setting: 'host' | 'data', text: string): string {
  if (text.trim() !== '') return text
  throw bad(setting, 'expected a value, got an empty one')
}

function readPort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw bad('port', `expected a number from 0 to 65535, got ${quoted(text)}`)
}

function readStore(text: string): { readonly store: GatewayConfig['store']; readonly servers?: readonly string[] } {
  if (text === 'embedded' || text === 'memory') return { store: text }
  if (!/^(nats|tls):\/\//i.test(text)) {
    const shown = quoted(withoutUser(text))
    throw bad('store', `expected embedded, memory or nats://host:port, got ${shown}`)
  }
  const servers = text.split(',').map((part) => part.trim())
  const unusable = servers.findIndex((server) => !isServer(server))
  // Not repeated: it may hold a password.
  if (unusable !== -1) throw bad('store', `expected nats://host:port,host:port, number ${unusable + 1} is no address`)
  return { store: 'nats', servers }
}

function readNats(servers: readonly string[], environment: Environment): NatsConfig {
  const text = environment[NATS_SHARDS] || undefined
  const shards = text === undefined ? undefined : Number(text)
  if (shards !== undefined && !(Number.isInteger(shards) && shards >= 1 && shards <= 1_024)) {
    throw bad('store', `expected a number from 1 to 1024 in ${NATS_SHARDS}, got ${quoted(text ?? '')}`)
  }
  return { servers, system: environment[NATS_SYSTEM] || undefined, shards }
}

function isServer(text: string): boolean {
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text : `nats://${text}`
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined
  return url !== undefined && /^(nats|tls):$/.test(url.protocol) && url.hostname !== '' && /^\/?$/.test(url.pathname)
}

function readNode(text: string | undefined): string | undefined {
  if (text === undefined || /^[\w.:-]{1,128}$/.test(text)) return text
  throw bad('node', `expected up to 128 letters, digits and . : _ -, got ${quoted(text)}`)
}

function readAdvertise(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '') return url.origin
  throw bad('advertise', `expected a URL such as http://10.0.0.7:4600, got ${quoted(withoutUser(text))}`)
}

function readToken(text: string, index: number): TokenGrant {
  try {
    return parseToken(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/\.$/, '') : 'not a token'
    throw bad('token', `number ${index + 1} is not usable: ${lowerFirst(why)}`, cause)
  }
}

function readOrigin(text: string): string {
  if (text === '*') return text
  const url = URL.canParse(text) ? new URL(text) : undefined
  // Browsers send origins in this form and no other.
  const isBare = url?.pathname === '/' && url.search === '' && url.username === '' && url.password === ''
  if (url !== undefined && url.origin !== 'null' && isBare) return url.origin
  throw bad('origin', `expected an origin such as https://app.example, got ${quoted(withoutUser(text))}`)
}

function readPeers(peers: readonly string[]): readonly string[] {
  try {
    trustedProxies(peers)
    return peers
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/\.$/, '') : 'not an address'
    throw bad('trust-proxy', lowerFirst(why), cause)
  }
}

function readSessions(text: string): GatewayConfig['sessions'] {
  if (text === 'open' || text === 'private') return text
  throw bad('sessions', `expected open or private, got ${quoted(text)}`)
}

function readShell(wanted: string | undefined, login: string | undefined): string | undefined {
  if (wanted === 'none') return undefined
  if (wanted !== undefined) {
    const program = resolve(wanted)
    if (isProgram(program)) return program
    throw bad('shell', `expected the path of a program or none, and ${quoted(wanted)} is not an executable file`)
  }
  const usable = (program: string | undefined): boolean => program !== undefined && isProgram(program)
  // What a service account has for a login shell lets nobody in.
  const own = login === undefined || /\/(nologin|false)$/.test(login) ? undefined : login
  return [own, '/bin/bash'].find(usable) ?? '/bin/sh'
}

function readShellUser(name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  try {
    return shellUser(name).name
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/\.$/, '') : 'it cannot be looked up'
    throw bad('shell-user', lowerFirst(why), cause)
  }
}

/** Nothing of a gateway in memory outlives it, unless that is asked for. */
function readShellHost(
  text: string | undefined,
  store: GatewayConfig['store'],
  keepShells: boolean,
): GatewayConfig['shellHost'] {
  if (text === 'inside' && keepShells) throw bad('keep-shells', 'shells can only be kept with --shell-host process')
  if (text === 'process' || text === 'inside') return text
  if (text === undefined) return store === 'memory' && !keepShells ? 'inside' : 'process'
  throw bad('shell-host', `expected process or inside, got ${quoted(text)}`)
}

function readSwitch(setting: 'keep-shells', environment: Environment): boolean {
  const text = environment[SETTINGS[setting].env]
  if (text === undefined || text === '' || text === '0') return false
  if (text === '1') return true
  throw bad(setting, `expected 1 or 0 in ${SETTINGS[setting].env}, got ${quoted(text)}`)
}

function readLog(text: string | undefined): boolean {
  if (text === undefined || text === '' || text === 'text') return false
  if (text === 'json') return true
  throw bad('json', `expected json or text in HOLDFAST_LOG, got ${quoted(text)}`)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function bad(setting: keyof typeof SETTINGS, what: string, cause?: unknown): GatewayError {
  return new GatewayError('gateway/bad_config', `--${setting} (${SETTINGS[setting].env}): ${what}.`, { setting, cause })
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100))
}

/** Without the user and password of a URL. */
function withoutUser(text: string): string {
  return text.replace(/^([a-z][\w+.-]*:)?(\/*).*@/is, '$1$2***@')
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
