// The proxies that `pnpm test:proxies` puts in front of a gateway: those on PATH, else Debian's packages, unpacked into
// this repository without being installed.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { CACHE, ownSuite, withDebianPackages } from './debian-packages.ts'

const UNPACKED = join(CACHE, 'proxies')

const PROXIES = {
  nginx: ['-v'],
  haproxy: ['-v'],
  caddy: ['version'],
  apache2: ['-v'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** With the libraries that a plain system does not have. */
const PACKAGES = [
  'nginx',
  'haproxy',
  'liblua5.3-0?',
  'liblua5.4-0?',
  'libopentracing-c-wrapper0?',
  'libopentracing1?',
  'caddy',
  'apache2-bin',
  'libapr1?',
  'libapr1t64?',
  'libaprutil1?',
  'libaprutil1t64?',
] as const

export type ProxyName = keyof typeof PROXIES

/** A proxy that can be started, with the environment that it needs, or why there is none. */
export type ProxyProgram =
  | {
      readonly path: string
      readonly version: string
      readonly environment: NodeJS.ProcessEnv
      readonly modules: string
    }
  | { readonly missing: string }

/** Finds every proxy, and unpacks once those that are not installed. */
export function proxyPrograms(): Readonly<Record<ProxyName, ProxyProgram>> {
  const names: readonly ProxyName[] = ['nginx', 'haproxy', 'caddy', 'apache2']
  let why = ''
  if (names.some((name) => found(name) === undefined)) {
    try {
      withDebianPackages(ownSuite(), PACKAGES, (folder) => {
        mkdirSync(CACHE, { recursive: true })
        rmSync(UNPACKED, { recursive: true, force: true })
        renameSync(folder, UNPACKED)
      })
    } catch (error) {
      why = error instanceof Error ? error.message : String(error)
    }
  }
  const program = (name: ProxyName): ProxyProgram =>
    found(name) ?? {
      missing: `${name} is not on PATH, and Debian's package could not be had: ${why || 'it does not run'}`,
    }
  return {
    nginx: program('nginx'),
    haproxy: program('haproxy'),
    caddy: program('caddy'),
    apache2: program('apache2'),
  }
}

function found(name: ProxyName): ProxyProgram | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/sbin',
    join(UNPACKED, 'usr/sbin'),
    join(UNPACKED, 'usr/bin'),
  ]
  for (const path of folders.map((folder) => join(folder, name)).filter(existsSync)) {
    const environment = path.startsWith(UNPACKED) ? { LD_LIBRARY_PATH: libraries() } : {}
    const { status, stdout, stderr } = spawnSync(path, PROXIES[name], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], ...environment },
      timeout: 20_000,
    })
    const version = /\d+\.\d+\.\d+/.exec(`${stdout}${stderr}`)?.[0]
    const modules = join(dirname(dirname(path)), 'lib/apache2/modules')
    if (status === 0 && version !== undefined) return { path, version, environment, modules }
  }
  return undefined
}

/** Where Debian keeps libraries, on whichever kind of machine. */
function libraries(): string {
  const { stdout } = spawnSync('dpkg-architecture', ['-qDEB_HOST_MULTIARCH'], { encoding: 'utf8' })
  const kinds = [stdout?.trim(), 'x86_64-linux-gnu', 'aarch64-linux-gnu']
  return kinds.map((kind) => join(UNPACKED, 'usr/lib', kind ?? '')).join(delimiter)
}
