// The nats-server that tests, benchmarks and examples start: $HOLDFAST_NATS_SERVER, the one on PATH where it is new
// enough, or else Debian's package of the unstable suite, unpacked into this repository and nowhere else.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE, isDebian, withDebianPackages } from './debian-packages.ts'

/** Older ones know no `sync_interval: always` for replicated streams. */
export const NATS_SERVER_AT_LEAST = '2.15.0'

const UNPACKED = join(CACHE, 'nats-server')

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

/** Takes the program out of the package, and puts it in its place in one step. */
function unpack(): string {
  return withDebianPackages('unstable', ['nats-server'], (folder) => {
    const path = ['usr/bin', 'usr/sbin'].map((below) => join(folder, below, 'nats-server')).find(existsSync)
    if (path === undefined) throw new Error('the package has no nats-server.')
    if (!isNewEnough(path)) throw new Error("Debian's package is too old for this, or does not run on this machine.")
    mkdirSync(UNPACKED, { recursive: true })
    renameSync(path, join(UNPACKED, 'nats-server'))
    return join(UNPACKED, 'nats-server')
  })
}
