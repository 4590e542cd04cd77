import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Worker, type WorkerOptions } from 'node:worker_threads'

/** What is used of esbuild. */
interface Bundler {
  buildSync(options: Readonly<Record<string, unknown>>): { readonly outputFiles: readonly { readonly text: string }[] }
}

/** By their entries: to bundle one takes longer than to run it. */
const BUNDLED = new Map<string, string>()

/**
 * Starts a worker thread of a package: `entry` is a file beside the calling module, without its extension, and `asker`
 * is the `import.meta.url` of that module. The published package runs the compiled file. From TypeScript sources (the
 * tests of this repository) a worker cannot load what the test runner loads, so it is bundled in memory first; esbuild
 * is a development dependency of the calling package and never needed otherwise.
 */
export function startThread(entry: string, asker: string, options: WorkerOptions = {}): Worker {
  if (!asker.endsWith('.ts')) return new Worker(new URL(`${entry}.js`, asker), options)
  return new Worker(bundle(new URL(`${entry}.ts`, asker), asker), { ...options, eval: true })
}

function bundle(entry: URL, asker: string): string {
  const made = BUNDLED.get(entry.href)
  if (made !== undefined) return made
  const { buildSync }: Bundler = createRequire(asker)('esbuild')
  const result = buildSync({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    conditions: ['@holdfast/source'],
  })
  const text = result.outputFiles[0]?.text ?? ''
  BUNDLED.set(entry.href, text)
  return text
}
