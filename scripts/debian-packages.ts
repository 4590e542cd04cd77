// Debian's packages, unpacked into this repository without being installed: for programs that tests, benchmarks and
// examples start.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where what was unpacked is kept. */
export const CACHE: string = join(rootAbove(dirname(fileURLToPath(import.meta.url))), 'node_modules/.cache')
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/**
 * Downloads packages of a suite and hands over the folder into which they are unpacked, which is removed afterwards: what is
 * to stay is moved. Sources, lists and packages live in a folder of ours; the system's own are read and never written.
 * A name with a question mark is of a package that not every suite has.
 */
export function withDebianPackages<T>(suite: string, packages: readonly string[], use: (folder: string) => T): T {
  if (!isDebian()) throw new Error('this is not Debian.')
  mkdirSync(CACHE, { recursive: true })
  const staging = mkdtempSync(join(CACHE, `${packages[0]}-`))
  try {
    for (const folder of ['state/lists/partial', 'cache/archives/partial']) {
      mkdirSync(join(staging, folder), { recursive: true })
    }
    writeFileSync(join(staging, 'state/status'), '')
    const mirrors = debianMirrors()
    const trust = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : ''
    writeFileSync(join(staging, 'sources.list'), mirrors.map((uri) => `deb ${trust}${uri} ${suite} main\n`).join(''))
    apt(staging, mirrors, ['update', '--error-on=any'])
    // A name that others only provide is shown with success, and with nothing.
    const isThere = (name: string): boolean =>
      spawnSync('apt-cache', [...aptOptions(staging), 'show', name], { encoding: 'utf8' }).stdout.includes('Package:')
    const wanted = packages.filter((name) => !name.endsWith('?') || isThere(name.slice(0, -1)))
    apt(staging, mirrors, ['download', ...wanted.map((name) => name.replace('?', ''))])
    const archives = readdirSync(staging).filter((name) => name.endsWith('.deb'))
    if (archives.length === 0) throw new Error('apt-get downloaded no package.')
    for (const archive of archives) {
      const { status } = spawnSync('dpkg', ['-x', archive, 'package'], { cwd: staging })
      if (status !== 0) throw new Error('the package could not be unpacked.')
    }
    return use(join(staging, 'package'))
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/** The suite that this machine's own packages are of. */
export function ownSuite(): string {
  const codename = /^VERSION_CODENAME="?(\w+)"?$/m.exec(osRelease())?.[1]
  if (!isDebian() || codename === undefined) throw new Error('this is not Debian.')
  return codename
}

/** Whether packages can be had here. */
export function isDebian(): boolean {
  return /^ID="?debian"?$/m.test(osRelease()) && spawnSync('apt-get', ['--version']).status === 0
}

function osRelease(): string {
  return existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
}

function aptOptions(staging: string): string[] {
  return [
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
  ].flatMap((option) => ['-o', option])
}

function apt(staging: string, mirrors: readonly string[], command: readonly string[]): void {
  const args = [...aptOptions(staging), '-q', ...command]
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
