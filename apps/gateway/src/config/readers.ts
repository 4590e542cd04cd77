import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { parseToken, type TokenGrant, trustedProxies } from '@holdfast/server'
import { shellUser } from '@holdfast/shell-host'
import { commandWords } from './command-words.ts'

/** A value cannot be used: what was expected, and what came, where that is no secret. */
export class Unusable extends Error {
  override readonly name = 'Unusable'
}

/** Bytes of the path of a Unix socket (unix(7)). */
const MAX_SOCKET_PATH = 107

/** What a store is, and where. */
export type StoreSetting =
  | { readonly store: 'embedded' | 'memory' }
  | { readonly store: 'nats'; readonly servers: readonly string[] }

/** Lists in variables are separated by spaces or commas. */
export function listOf(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((part) => part !== '')
}

/** Lines that are not blank. */
export function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '')
}

/** Where to listen: an address, or the absolute path of a Unix socket. */
export function readHost(text: string): { readonly host: string; readonly socket: string | undefined } {
  if (!text.startsWith('unix:')) return { host: nonEmpty(text), socket: undefined }
  const socket = resolve(text.slice('unix:'.length))
  // The kernel's bound, with the zero behind it.
  if (text !== 'unix:' && Buffer.byteLength(socket) <= MAX_SOCKET_PATH) return { host: text, socket }
  throw new Unusable(`expected unix:/path of at most ${MAX_SOCKET_PATH} bytes, got ${quoted(text)}`)
}

export function readPort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new Unusable(`expected a number from 0 to 65535, got ${quoted(text)}`)
}

/** Whole seconds, in milliseconds. */
export function readSeconds(text: string): number {
  const seconds = Number(text)
  if (/^\d{1,7}$/.test(text) && seconds > 0) return seconds * 1_000
  throw new Unusable(`expected seconds, such as 600, got ${quoted(text)}`)
}

/** A path without a slash at its end; empty: none. */
export function readBasePath(text: string): string {
  const path = text.replace(/\/+$/, '')
  if (path === '' || /^(\/[\w.~-]+)+$/.test(path)) return path
  throw new Unusable(`expected a path such as /holdfast, got ${quoted(text)}`)
}

/** An absolute path. */
export function readFolder(text: string): string {
  return resolve(nonEmpty(text))
}

export function readStore(text: string): StoreSetting {
  if (text === 'embedded' || text === 'memory') return { store: text }
  if (!/^(nats|tls):\/\//i.test(text)) {
    throw new Unusable(`expected embedded, memory or nats://host:port, got ${quoted(withoutUser(text))}`)
  }
  const servers = text.split(',').map((part) => part.trim())
  const unusable = servers.findIndex((server) => !isServer(server))
  // Not repeated: it may hold a password.
  if (unusable === -1) return { store: 'nats', servers }
  throw new Unusable(`expected nats://host:port,host:port, number ${unusable + 1} is no address`)
}

export function readShards(text: string): number {
  const shards = Number(text)
  if (Number.isInteger(shards) && shards >= 1 && shards <= 1_024) return shards
  throw new Unusable(`expected a number from 1 to 1024, got ${quoted(text)}`)
}

export function readNode(text: string): string {
  if (/^[\w.:-]{1,128}$/.test(text)) return text
  throw new Unusable(`expected up to 128 letters, digits and . : _ -, got ${quoted(text)}`)
}

export function readAdvertise(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '') return url.origin
  throw new Unusable(`expected a URL such as http://10.0.0.7:4600, got ${quoted(withoutUser(text))}`)
}

export function readToken(text: string): TokenGrant {
  return asked(() => parseToken(text))
}

/** In the form in which browsers send it. */
export function readOrigin(text: string): string {
  if (text === '*') return text
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isBare = url?.pathname === '/' && url.search === '' && url.username === '' && url.password === ''
  if (url !== undefined && url.origin !== 'null' && isBare) return url.origin
  throw new Unusable(`expected an origin such as https://app.example, got ${quoted(withoutUser(text))}`)
}

export function readPeer(text: string): string {
  asked(() => trustedProxies([text]))
  return text
}

/** A program and what it is given. */
export interface ProgramSetting {
  /** Absolute. Absent: none. */
  readonly program: string | undefined
  readonly args: readonly string[]
}

/** A program with its arguments; none for `none`. */
export function readShell(text: string): ProgramSetting {
  if (text === 'none') return { program: undefined, args: [] }
  // A path with blanks in it is one that is there.
  const [file = '', ...args] = isProgram(resolve(text)) ? [text] : (commandWords(text) ?? [])
  const program = placesOf(file).find(isProgram)
  if (program !== undefined) return { program, args }
  const what = file === '' ? `got ${quoted(text)}` : `and ${quoted(file)} ${reasonAgainst(file)}`
  throw new Unusable(`expected a program with its arguments or none, ${what}`)
}

/** A bare name is looked for as shells do; then in this folder. */
function placesOf(file: string): readonly string[] {
  if (file === '') return []
  const folders = file.includes('/') ? [] : (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute)
  return [...folders.map((folder) => join(folder, file)), resolve(file)]
}

function reasonAgainst(file: string): string {
  const isThere = placesOf(file).some((path) => statSync(path, { throwIfNoEntry: false }) !== undefined)
  if (isThere) return 'is not an executable file'
  return file.includes('/') ? 'is not there' : 'is in no folder of PATH'
}

/** `name=command`: the name of a pod, and the words of its command. */
export function readPod(text: string): readonly [string, readonly string[]] {
  const [, name = '', command = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? []
  const words = commandWords(command)
  const isName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name)
  if (!isName || words === undefined || words.length === 0) {
    throw new Unusable(`expected name=command, such as db=psql, got ${quoted(text)}`)
  }
  if (name === 'gateway' || name.startsWith('shell-')) throw new Unusable(`the name ${quoted(name)} is taken`)
  return [name, words]
}

/** `name=command`: an agent, and the words of its command. */
export function readAgent(text: string): readonly [string, readonly string[]] {
  const [, name = '', command = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? []
  const words = commandWords(command)
  if (/^[a-z0-9][a-z0-9._-]{0,63}$/i.test(name) && words !== undefined && words.length > 0) return [name, words]
  throw new Unusable(`expected name=command, such as qwen="qwen --acp", got ${quoted(text)}`)
}

/** `NAME`, to be taken from the gateway's own environment, or `NAME=value`. */
export function readAgentVariable(text: string): readonly [string, string | undefined] {
  const [, name = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? []
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return [name, value]
  throw new Unusable('expected NAME or NAME=value')
}

export function readShellUser(name: string): string {
  return asked(() => shellUser(name)).name
}

/** The program of shells where nothing is said: the login shell, where that permits a login. */
export function defaultShell(login: string | undefined): string {
  // The login shell of a service account permits no login.
  const own = login === undefined || /\/(nologin|false)$/.test(login) ? undefined : login
  return [own, '/bin/bash'].find((program) => program !== undefined && isProgram(program)) ?? '/bin/sh'
}

/** For messages: in quotes, and not all of what is long. */
export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100))
}

/** What the packages below say of a value, in the words of a setting. */
function asked<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/\.$/, '') : 'it cannot be read'
    throw new Unusable(why.charAt(0).toLowerCase() + why.slice(1), { cause })
  }
}

function nonEmpty(text: string): string {
  if (text.trim() !== '') return text
  throw new Unusable('expected a value, got an empty one')
}

function isServer(text: string): boolean {
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text : `nats://${text}`
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined
  return url !== undefined && /^(nats|tls):$/.test(url.protocol) && url.hostname !== '' && /^\/?$/.test(url.pathname)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Without the user and password of a URL. */
function withoutUser(text: string): string {
  return text.replace(/^([a-z][\w+.-]*:)?(\/*).*@/is, '$1$2***@')
}
