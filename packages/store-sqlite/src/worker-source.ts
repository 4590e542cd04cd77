import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { CheckSettings, WorkerSettings } from './operations.ts'

/** What is used of esbuild. */
interface Bundler {
  buildSync(options: Readonly<Record<string, unknown>>): { readonly outputFiles: readonly { readonly text: string }[] }
}

/**
 * Starts the thread that writes, or one that checks. The published package runs the compiled file beside this one. From TypeScript sources
 * (the tests of this repository) a worker cannot load what the test runner loads, so it is bundled in memory first;
 * esbuild is a development dependency and never needed otherwise.
 */
export function startWorker(settings: WorkerSettings | CheckSettings): Worker {
  const here = import.meta.url
  if (!here.endsWith('.ts')) return new Worker(new URL('./worker.js', here), { workerData: settings })
  return new Worker(bundle(new URL('./worker.ts', here)), { eval: true, workerData: settings })
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
