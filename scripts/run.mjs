// Runs one TypeScript file of the repository on any supported Node: `node scripts/run.mjs examples/hub-session/main.ts`.
// It is bundled beside itself, from the packages' sources, so nothing has to be built first.
import { rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const [file, ...rest] = process.argv.slice(2)
if (file === undefined) {
  process.stderr.write('Usage: node scripts/run.mjs FILE.ts [arguments]\n')
  process.exit(2)
}
process.setSourceMapsEnabled(true)
const source = resolve(file)
const outfile = join(dirname(source), `.run-${process.pid}.mjs`)
const remove = () => rmSync(outfile, { force: true })
process.on('exit', remove)
await build({
  entryPoints: [source],
  outfile,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  sourcemap: 'inline',
  logLevel: 'error',
})
process.argv = [process.argv[0] ?? 'node', source, ...rest]
await import(pathToFileURL(outfile).href)
remove()
