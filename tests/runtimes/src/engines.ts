import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { chromium } from 'playwright'
import { chromiumLaunch, installChromium } from '../../../scripts/chromium.ts'
import { PART_NAMES, type Result } from './program.ts'
import { RUNTIME_TRAITS, type RuntimeName, type RuntimeTraits } from './runtime-traits.ts'

/** Where engines are installed, and where the bundles of the program are. */
export interface Places {
  readonly engines: string
  readonly bundles: string
}

/** One column of the table. */
export interface Engine {
  readonly name: string
  readonly transport: string
  run(server: string, places: Places): Promise<{ readonly version: string; readonly results: readonly Result[] }>
  /** Whether the suite of transport-browser passes on its WebSocket, where vitest runs. */
  conforms?(places: Places): Promise<boolean>
}

/** Every part has its own limit; this is for a runtime that does not end. */
const RUN_MS = 180_000

/** The runtimes of the matrix. Each is called by its full path: several of them would claim the name `node`. */
export const ENGINES: readonly Engine[] = [
  ...[20, 22, 24, 26].map((major) => withTransportNode(node(major))),
  native(node(22), 'node22'),
  native(node(24), 'node'),
  native(node(26), 'node'),
  native(bun(), 'bun'),
  native(deno(), 'deno'),
  withTransportNode(deno()),
  { name: 'workerd', transport: 'browser', run: inWorkerd },
  { name: 'Chromium', transport: 'browser', run: inChromium },
  refusing(node(20), 'browser'),
  refusing(bun(), 'node'),
]

/** An executable of an installed engine, and how it wants to be called. */
interface Executable {
  readonly name: string
  readonly folder: string
  readonly binary: string
  readonly flags: readonly string[]
  /** For vitest, which needs more rights than the program. */
  readonly testFlags: readonly string[]
}

function node(major: number): Executable {
  return { name: `Node.js ${major}`, folder: `node${major}`, binary: 'bin/node', flags: [], testFlags: [] }
}

function bun(): Executable {
  return { name: 'Bun', folder: '@oven/bun-linux-x64', binary: 'bin/bun', flags: ['run'], testFlags: ['--bun'] }
}

function deno(): Executable {
  return {
    name: 'Deno',
    folder: '@deno/linux-x64-glibc',
    binary: 'deno',
    flags: ['run', '--quiet', '--allow-net=127.0.0.1', '--allow-read', '--allow-env'],
    testFlags: ['run', '--quiet', '--allow-all'],
  }
}

function withTransportNode(executable: Executable): Engine {
  const { transportNode: traits } = RUNTIME_TRAITS
  return engine(executable, 'node', traits)
}

/** A runtime in which the transport cannot work, and says so. */
function refusing(executable: Executable, transport: 'node' | 'browser'): Engine {
  return engine(executable, transport, undefined)
}

function engine(executable: Executable, transport: 'node' | 'browser', traits: RuntimeTraits | undefined): Engine {
  const { name } = executable
  return { name, transport, run: (server, places) => inProcess({ executable, transport, traits, server, places }) }
}

/** A runtime with a WebSocket of its own. */
function native(executable: Executable, name: RuntimeName): Engine {
  return {
    ...engine(executable, 'browser', RUNTIME_TRAITS[name]),
    async conforms(places) {
      const { path } = installed(places, executable.folder, executable.binary)
      const root = join(places.engines, '../../..')
      const vitest = join(root, 'node_modules/vitest/vitest.mjs')
      const suite = 'packages/transport-browser/test/conformance.test.ts'
      const args = [...executable.testFlags, vitest, 'run', '--project', 'unit', suite]
      const { code, stdout } = await output(path, args, root)
      if (code !== 0) process.stdout.write(stdout)
      return code === 0
    },
  }
}

interface ProcessRun {
  readonly executable: Executable
  readonly transport: string
  readonly traits: RuntimeTraits | undefined
  readonly server: string
  readonly places: Places
}

async function inProcess({ executable, transport, traits, server, places }: ProcessRun): ReturnType<Engine['run']> {
  const { path, version } = installed(places, executable.folder, executable.binary)
  const main = join(places.bundles, 'main.mjs')
  const args = [...executable.flags, main, server, transport, ...(traits === undefined ? [] : [JSON.stringify(traits)])]
  const { code, stdout, stderr } = await output(path, args, places.bundles)
  if (code !== 0) return { version, results: everyPart(`exit ${code}: ${stderr.trim().slice(-300)}`) }
  return { version, results: JSON.parse(stdout) as Result[] }
}

async function inWorkerd(server: string, places: Places): ReturnType<Engine['run']> {
  const { path, version } = installed(places, '@cloudflare/workerd-linux-64', 'bin/workerd')
  const config = join(places.bundles, 'workerd.capnp')
  writeFileSync(config, WORKERD_CONFIG)
  const child = spawn(path, ['serve', config, '--control-fd=3'], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  try {
    const port = await new Promise<number>((resolve, reject) => {
      child.once('close', () => reject(new Error('workerd did not start')))
      child.stdio[3]?.on('data', (text: Buffer) => {
        const found = /"port":(\d+)/.exec(text.toString())
        if (found !== null) resolve(Number(found[1]))
      })
    })
    const url = `http://127.0.0.1:${port}/?server=${encodeURIComponent(server)}`
    const response = await fetch(url, { signal: AbortSignal.timeout(RUN_MS) })
    if (!response.ok) return { version, results: everyPart(`status ${response.status}: ${await response.text()}`) }
    return { version, results: (await response.json()) as Result[] }
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

const WORKERD_CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
      compatibilityDate = "2026-01-01",
    )),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`

async function inChromium(server: string, places: Places): ReturnType<Engine['run']> {
  installChromium()
  const browser = await chromium.launch({ ...chromiumLaunch(), headless: true })
  try {
    const page = await browser.newPage()
    // Any page of the server: what is asked of it must come from somewhere.
    await page.goto(`${server}/open`)
    await page.addScriptTag({ path: join(places.bundles, 'page.mjs'), type: 'module' })
    await page.waitForFunction(() => typeof globalThis.run === 'function')
    const results = await page.evaluate((url) => globalThis.run(url), server)
    return { version: browser.version(), results }
  } finally {
    await browser.close()
  }
}

function installed(
  places: Places,
  folder: string,
  binary: string,
): { readonly path: string; readonly version: string } {
  const root = join(places.engines, 'node_modules', folder)
  const path = join(root, binary)
  if (!existsSync(path)) throw new Error('has no binary for this system')
  const { version }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return { path, version: version.replace(/^v/, '') }
}

function output(
  path: string,
  args: readonly string[],
  cwd: string,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    // Nothing but the engine itself is to be found.
    const env = { PATH: dirname(path), HOME: process.env['HOME'] ?? '/', NO_COLOR: '1' }
    const child = spawn(path, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env })
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        said[name] += text
      })
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), RUN_MS)
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ code, ...said })
    })
  })
}

function everyPart(problem: string): Result[] {
  return PART_NAMES.map((name) => ({ name, problem }))
}
