// The nats-server that tests, benchmarks and examples start: $HOLDFAST_NATS_SERVER, the one on PATH where it is new
// enough, or else Debian's package of the unstable suite, unpacked into this repository and nowhere else.
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Older ones know no `sync_interval: always` for replicated streams. */
export const NATS_SERVER_AT_LEAST = '2.15.0'

const ROOT = rootAbove(dirname(fileURLToPath(import.meta.url)))
const CACHE = join(ROOT, 'node_modules/.cache')
const UNPACKED = join(CACHE, 'nats-server')
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

const HOW_TO_GET_IT =
  `nats-server ${NATS_SERVER_AT_LEAST} or newer is needed: put it on PATH (https://nats.io/download), ` +
  'or name it in HOLDFAST_NATS_SERVER. On Debian it is unpacked from the unstable suite without being installed.'

/** A program that can be run, or why there is none and what to do. */
export type NatsServerProgram = { readonly path: string } | { readonly missing: string }

/** Finds the server and unpacks it once where it must. Others that do the same at the same time do no harm. */
export function natsServerProgram(): NatsServerProgram {
  const named = process.env['HOLDFAST_NATS_SERVER']
  if (named !== undefined && named !== '') {
    return isNewEnough(named) ? { path: named } : { missing: `HOLDFAST_NATS_SERVER is not usable. ${HOW_TO_GET_IT}` }
  }
  const found = ['nats-server', join(UNPACKED, 'nats-server')].find(isNewEnough)
  if (found !== undefined) return { path: found }
  try {
    return { path: unpack() }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { missing: `${HOW_TO_GET_IT} Here that was not possible: ${why}` }
  }
}

/**
 * Whether tests that need the server may be skipped: never in CI, and never where it can be had without asking anybody.
 * Elsewhere the sentence says how to get it.
 */
export function mayGoWithout(program: NatsServerProgram): string | undefined {
  if ('path' in program || isCi() || isDebian()) return undefined
  return program.missing
}

function isCi(): boolean {
  return process.env['CI'] !== undefined && process.env['CI'] !== ''
}

function isNewEnough(path: string): boolean {
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 10_000 })
  const version = status === 0 ? /v(\d+)\.(\d+)\.(\d+)/.exec(stdout) : null
  if (version === null) return false
  const [major, minor] = NATS_SERVER_AT_LEAST.split('.').map(Number)
  return Number(version[1]) > (major ?? 0) || (Number(version[1]) === major && Number(version[2]) >= (minor ?? 0))
}

/** Sources, lists and package live in a folder of ours; the system's own are read and never written. */
function unpack(): string {
  if (!isDebian()) throw new Error('this is not Debian.')
  mkdirSync(CACHE, { recursive: true })
  const staging = mkdtempSync(join(CACHE, 'nats-server-'))
  try {
    for (const folder of ['state/lists/partial', 'cache/archives/partial']) {
      mkdirSync(join(staging, folder), { recursive: true })
    }
    writeFileSync(join(staging, 'state/status'), '')
    const mirrors = debianMirrors()
    const trust = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : ''
    writeFileSync(join(staging, 'sources.list'), mirrors.map((uri) => `deb ${trust}${uri} unstable main\n`).join(''))
    apt(staging, mirrors, ['update', '--error-on=any'])
    apt(staging, mirrors, ['download', 'nats-server'])
    return keep(staging)
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/** Takes the program out of the package, and puts it in its place in one step. */
function keep(staging: string): string {
  const archive = readdirSync(staging).find((name) => name.endsWith('.deb'))
  if (archive === undefined) throw new Error('apt-get downloaded no package.')
  const { status } = spawnSync('dpkg', ['-x', archive, 'package'], { cwd: staging })
  const path = ['usr/bin', 'usr/sbin'].map((folder) => join(staging, 'package', folder, 'nats-server')).find(existsSync)
  if (status !== 0 || path === undefined) throw new Error('the package could not be unpacked.')
  if (!isNewEnough(path)) throw new Error("Debian's package is too old for this, or does not run on this machine.")
  mkdirSync(UNPACKED, { recursive: true })
  renameSync(path, join(UNPACKED, 'nats-server'))
  return join(UNPACKED, 'nats-server')
}

function apt(staging: string, mirrors: readonly string[], command: readonly string[]): void {
  const options = [
    `Dir::Etc::SourceList=${join(staging, 'sources.list')}`,
    'Dir::Etc::SourceParts=-',
    `Dir::State=${join(staging, 'state')}`,
    `Dir::State::Status=${join(staging, 'state/status')}`,
    `Dir::Cache=${join(staging, 'cache')}`,
    'Acquire::Languages=none',
    'Acquire::Retries=2',
    'Acquire::http::Timeout=30',
    'Acquire::https::Timeout=30',
    // The folder may be one that only root may enter.
    'APT::Sandbox::User=root',
  ]
  const args = [...options.flatMap((option) => ['-o', option]), '-q', ...command]
  const { status, stderr, error } = spawnSync('apt-get', args, { cwd: staging, encoding: 'utf8', timeout: 240_000 })
  if (status === 0) return
  const said = (stderr ?? '').split('\n').filter((line) => line.startsWith('E:'))
  const why = error?.message ?? (said.at(-1) ?? 'no reason given').replace(/^E:\s*/, '')
  throw new Error(`apt-get ${command[0]} failed: ${withoutHosts(why, mirrors)}`)
}

/** Where the system itself gets Debian from, in either form of its sources. */
function debianMirrors(): readonly string[] {
  const folder = '/etc/apt/sources.list.d'
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => /\.(list|sources)$/.test(name)) : []
  const paths = ['/etc/apt/sources.list', ...files.map((name) => join(folder, name))].filter(existsSync)
  const lines = paths.flatMap((path) => readFileSync(path, 'utf8').split('\n'))
  const uris = lines
    .filter((line) => /^(deb |URIs:)/i.test(line.trim()))
    .flatMap((line) => line.match(/https?:\/\/[^\s\]]+/g) ?? [])
    .map((uri) => uri.replace(/\/+$/, ''))
    .filter((uri) => uri.endsWith('/debian'))
  if (uris.length === 0) throw new Error("the system's sources name no mirror of Debian.")
  return [...new Set(uris)].slice(0, 1)
}

function isDebian(): boolean {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  return /^ID="?debian"?$/m.test(release) && spawnSync('apt-get', ['--version']).status === 0
}

/** Which mirror a machine uses is nobody else's business. */
function withoutHosts(text: string, mirrors: readonly string[]): string {
  const hosts = mirrors.map((uri) => new URL(uri).hostname)
  const bare = text.replace(/\w+:\/\/\S+/g, 'the mirror')
  return hosts.reduce((rest, host) => rest.replaceAll(host, 'the mirror'), bare)
}

/** Looked for, since this file may run from a bundle elsewhere in the repository. */
function rootAbove(folder: string): string {
  return existsSync(join(folder, 'pnpm-workspace.yaml')) ? folder : rootAbove(dirname(folder))
}
