// `pnpm test:runtimes`, or `pnpm test:runtimes Bun 22` for some of them: installs the engines, bundles the program once
// and runs it on each. Not part of `npm test`: the engines are a gigabyte.
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))
const engines = `${here}engines`
const bundles = `${here}.holdfast`

if (!isInstalled()) {
  process.stdout.write('installing the engines\n')
  const args = ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--no-bin-links', '--loglevel=error']
  const { status } = spawnSync('npm', args, { cwd: engines, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

const common = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  conditions: ['@holdfast/source', 'module', 'import'],
  outdir: bundles,
  outExtension: { '.js': '.mjs' },
  logLevel: 'error',
}
// `main` has the program and a transport of Node.js apart, which only Node.js loads.
await build({
  ...common,
  entryPoints: [`${here}src/main.ts`],
  splitting: true,
  platform: 'node',
  chunkNames: 'main-[hash]',
  banner: requireBanner(),
})
await build({
  ...common,
  entryPoints: [`${here}src/worker.ts`, `${here}src/page.ts`],
  platform: 'neutral',
  mainFields: ['module', 'main'],
})
const external = ['playwright', 'ws']
await build({ ...common, entryPoints: [`${here}src/matrix.ts`], platform: 'node', external, banner: requireBanner() })

const run = spawnSync(
  process.execPath,
  [`${bundles}/matrix.mjs`, engines, bundles, `${here}README.md`, ...process.argv.slice(2)],
  { stdio: 'inherit' },
)
process.exit(run.status ?? 1)

/** npm notes what it has installed in a lockfile of its own. */
function isInstalled() {
  const [noted, wanted] = ['node_modules/.package-lock.json', 'package-lock.json'].map((name) =>
    statSync(`${engines}/${name}`, { throwIfNoEntry: false }),
  )
  return noted !== undefined && wanted !== undefined && noted.mtimeMs >= wanted.mtimeMs
}

/** `ws` is CommonJS and asks for modules of Node.js by `require`. */
function requireBanner() {
  return {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  }
}
