// Bundles and runs the benchmarks: `pnpm bench`, `pnpm bench engine` for one of them, or `pnpm bench engine-pairs BASE`
// to compare the engine with that of another checkout.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))
const all = readdirSync(`${here}src`)
  .filter((name) => name.endsWith('.bench.ts'))
  .map((name) => name.slice(0, -'.bench.ts'.length))
const pairs = process.argv[2] === 'engine-pairs'
const asked = pairs ? [] : process.argv.slice(2).filter((name) => !name.startsWith('-'))
const unknown = asked.find((name) => !all.includes(name))
if (unknown !== undefined || process.argv.includes('--help')) {
  process.stdout.write(`Usage: pnpm bench [${all.join('|')}], or pnpm bench engine-pairs BASE [PAIRS]\n`)
  process.exit(unknown === undefined ? 0 : 2)
}

mkdirSync(`${here}.results`, { recursive: true })
await build({
  entryPoints: readdirSync(`${here}src`).map((name) => `${here}src/${name}`),
  outdir: `${here}.results/bundle`,
  bundle: true,
  splitting: true,
  packages: 'external',
  alias: {},
  platform: 'node',
  format: 'esm',
  target: 'node20',
  outExtension: { '.js': '.mjs' },
  logLevel: 'error',
})
if (pairs) {
  const script = `${here}.results/bundle/engine-pairs.mjs`
  process.exit(spawnSync('node', [script, ...process.argv.slice(3)], { stdio: 'inherit' }).status ?? 1)
}
for (const name of asked.length > 0 ? asked : all) {
  process.stdout.write(`\n${name}\n`)
  const options = process.argv.slice(2).filter((word) => word.startsWith('-'))
  const { status } = spawnSync('node', ['--expose-gc', `${here}.results/bundle/${name}.bench.mjs`, ...options], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}
