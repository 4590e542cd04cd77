import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

/** What is used of esbuild. */
interface Bundler {
  buildSync(options: Readonly<Record<string, unknown>>): { readonly outputFiles: readonly { readonly text: string }[] }
}

/**
 * Starts the thread that draws. The published package runs the compiled file beside this one. From TypeScript sources (the
 * tests of this repository) a worker cannot load what the test runner loads, so it is bundled in memory first; esbuild is
 * a development dependency and never needed otherwise.
 */
export function startScreenWorker(): Worker {
  const here = import.meta.url
  const worker = here.endsWith('.ts')
    ? new Worker(bundle(new URL('./screen-worker.ts', here)), { eval: true })
    : new Worker(new URL('./screen-worker.js', here))
  // It never keeps a process alive by itself.
  worker.unref()
  return worker
}

function bundle(entry: URL): string {
  const { buildSync }: Bundler = createRequire(import.meta.url)('esbuild')
  const result = buildSync({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    conditions: ['@holdfast/source'],
  })
  return result.outputFiles[0]?.text ?? ''
}
