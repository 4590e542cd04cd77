import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** The folder of the benchmarks, seen from where they are bundled to. */
const HERE = fileURLToPath(new URL('../../', import.meta.url))

/** Kilobytes of a program for Node.js, minified and gzipped, without Node's own modules and `ws`, which all of them use. */
export async function bundleKilobytes(imports: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: imports, resolveDir: HERE, loader: 'ts' },
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['ws'],
    legalComments: 'none',
    logLevel: 'error',
    write: false,
  })
  const [{ contents } = { contents: new Uint8Array(0) }] = outputFiles
  return gzipSync(contents, { level: 9 }).length / 1_000
}
