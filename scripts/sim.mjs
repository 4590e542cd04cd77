// Replays one simulated world from its seed: `pnpm sim --seed N`. The sources are TypeScript, so they are bundled first.
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

process.setSourceMapsEnabled(true)
const source = join(dirname(dirname(fileURLToPath(import.meta.url))), 'tests/simulation/src')
// Beside the source, since it finds the engine from where it is.
const outfile = join(source, `.command-${process.pid}.mjs`)
try {
  await build({
    entryPoints: [join(source, 'command.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    sourcemap: 'inline',
    logLevel: 'error',
  })
  const { main } = await import(pathToFileURL(outfile).href)
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  // A wrong option, name or seed is a mistake of who calls, with a sentence of its own.
  process.stderr.write(`sim: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 2
} finally {
  rmSync(outfile, { force: true })
}
