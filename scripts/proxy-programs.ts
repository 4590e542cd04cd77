// The proxies that `pnpm test:proxies` puts in front of a gateway: those on PATH, else Debian's packages, unpacked into
// this repository without being installed. HOLDFAST_PROXIES names another suite of Debian, such as `unstable`: all four are
// then taken from there, with the libraries that they were made for.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { CACHE, ownSuite, withDebianPackages } from './debian-packages.ts'

const OTHER = process.env['HOLDFAST_PROXIES'] || undefined
const UNPACKED = join(CACHE, OTHER === undefined ? 'proxies' : `proxies-${OTHER}`)
/** Where programs of another suite are started from. */
const STARTERS = join(UNPACKED, 'start')

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

/** What programs of another suite need that may be newer there than here. */
const LIBRARIES = [
  ...['libc6', 'zlib1g', 'libcrypt1', 'libgcc-s1', 'libpcre2-8-0', 'libssl3?', 'libssl3t64?', 'libcap2', 'libuuid1'],
  ...[
    'libjemalloc2?',
    'libopentracing-c-wrapper0t64?',
    'libopentracing1t64?',
    'libstdc++6',
    'libexpat1',
    'libsystemd0',
  ],
  ...[
    'libbrotli1',
    'libnghttp2-14',
    'libcurl4?',
    'libcurl4t64?',
    'libjansson4',
    'libxml2?',
    'libxml2-16?',
    'libldap2?',
  ],
  ...['libdb5.3?', 'libdb5.3t64?', 'libgdbm6?', 'libgdbm6t64?', 'liblz4-1', 'liblzma5', 'libzstd1', 'libaudit1'],
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
      const packages = OTHER === undefined ? PACKAGES : [...PACKAGES, ...LIBRARIES]
      withDebianPackages(OTHER ?? ownSuite(), packages, (folder) => {
        mkdirSync(CACHE, { recursive: true })
        rmSync(UNPACKED, { recursive: true, force: true })
        renameSync(folder, UNPACKED)
      })
      if (OTHER !== undefined) for (const name of names) writeStarter(name)
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
  const unpacked = [join(UNPACKED, 'usr/sbin'), join(UNPACKED, 'usr/bin')]
  const installed = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  const folders = OTHER === undefined ? [...installed, ...unpacked] : [STARTERS]
  for (const path of folders.map((folder) => join(folder, name)).filter(existsSync)) {
    const environment = path.startsWith(join(UNPACKED, 'usr')) ? { LD_LIBRARY_PATH: libraries() } : {}
    const { status, stdout, stderr } = spawnSync(path, PROXIES[name], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], ...environment },
      timeout: 20_000,
    })
    const version = /\d+\.\d+\.\d+/.exec(`${stdout}${stderr}`)?.[0]
    const modules = join(OTHER === undefined ? dirname(dirname(path)) : join(UNPACKED, 'usr'), 'lib/apache2/modules')
    if (status === 0 && version !== undefined) return { path, version, environment, modules }
  }
  return undefined
}

/** A program that was made for newer libraries, the C library among them, is started by the loader that came with them. */
function writeStarter(name: ProxyName): void {
  const program = ['usr/sbin', 'usr/bin'].map((below) => join(UNPACKED, below, name)).find(existsSync)
  const folders = libraries().split(delimiter).filter(existsSync)
  const loader = folders
    .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
    .find((file) => /\/ld-linux[^/]*\.so\.\d+$/.test(file))
  if (program === undefined || loader === undefined) return
  mkdirSync(STARTERS, { recursive: true })
  const starter = join(STARTERS, name)
  // Under the starter's name: a program that starts itself anew at a reload comes here again.
  const text = `#!/bin/sh\nexec '${loader}' --argv0 '${starter}' --library-path '${folders.join(delimiter)}' '${program}' "$@"\n`
  writeFileSync(starter, text, { mode: 0o755 })
}

/** Where Debian keeps libraries, on whichever kind of machine. */
function libraries(): string {
  const { stdout } = spawnSync('dpkg-architecture', ['-qDEB_HOST_MULTIARCH'], { encoding: 'utf8' })
  const kinds = [stdout?.trim(), 'x86_64-linux-gnu', 'aarch64-linux-gnu']
  return kinds.map((kind) => join(UNPACKED, 'usr/lib', kind ?? '')).join(delimiter)
}
