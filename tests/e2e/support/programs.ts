import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import { PROGRAMS } from '../gateway-process.ts'

const ROOT = join(import.meta.dirname, '../../..')
const CACHE = join(ROOT, 'node_modules/.cache')
const NAME = 'holdfast-programs-'
/** Binaries, which are no part of a bundle, and who depends on them. */
const NATIVE = { '@lydell/node-pty': 'packages/shell-host', '@photostructure/sqlite': 'packages/store-sqlite' } as const
/** For packages that are no modules. */
const REQUIRE = "import { createRequire as requireIn } from 'node:module'; const require = requireIn(import.meta.url);"

/** Of `scripts/start/build.mjs`. */
interface Builder {
  /** Files of this repository, by the names of the programs. */
  readonly ENTRIES: Readonly<Record<string, string>>
  bundleOptions(root: string, entries: Readonly<Record<string, string>>, outdir: string): BuildOptions
}

/**
 * Makes the programs before the tests start, from the sources, in the layout in which they are packed
 * (`scripts/start/build.mjs`), and with the packages of others in them. Loading hundreds of files is most of what the start
 * of a gateway takes, and the tests start some hundreds.
 */
export async function setup(): Promise<(() => void) | undefined> {
  if (process.env['HOLDFAST_BUILT'] === '1') return undefined
  sweep()
  const folder = join(CACHE, `${NAME}${process.pid}`)
  const { ENTRIES, bundleOptions }: Builder = await import(join(ROOT, 'scripts/start/build.mjs'))
  await build({
    ...bundleOptions(ROOT, { ...ENTRIES, gateway: 'apps/gateway/src/main.ts' }, join(folder, 'dist')),
    conditions: ['@holdfast/source'],
    external: Object.keys(NATIVE).flatMap((name) => [name, `${name}/*`]),
    banner: { js: REQUIRE },
    logLevel: 'error',
  })
  await build({
    entryPoints: [join(ROOT, 'packages/acp-host/test/support/scripted-agent.mjs')],
    outfile: join(folder, 'dist/scripted-agent.js'),
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  })
  surround(folder)
  process.env[PROGRAMS] = join(folder, 'dist')
  return () => rmSync(folder, { recursive: true, force: true })
}

/** Removes what runs left behind that were killed. */
function sweep(): void {
  const left = existsSync(CACHE) ? readdirSync(CACHE).filter((name) => name.startsWith(NAME)) : []
  for (const name of left) {
    if (!isRunning(Number(name.slice(NAME.length)))) rmSync(join(CACHE, name), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Puts beside them what they look for there. */
function surround(folder: string): void {
  copyFileSync(join(ROOT, 'scripts/start/package.json'), join(folder, 'package.json'))
  symlinkSync(join(ROOT, 'apps/console/dist'), join(folder, 'dist/console'))
  for (const [name, dependent] of Object.entries(NATIVE)) {
    const link = join(folder, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(dirname(createRequire(join(ROOT, dependent, 'package.json')).resolve(`${name}/package.json`)), link)
  }
}
