import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** A bundle as an application's bundler makes it: minified, tree-shaken, for any runtime. */
export interface Bundle {
  readonly gzipBytes: number
  readonly text: string
  /** Modules that it imports and does not contain. */
  readonly external: readonly string[]
}

/**
 * Bundles the given source, which may import every package, or what can be imported in the given folder; and not what it goes without.
 * `conditions`: what the bundler builds for.
 * @throws when something cannot be resolved without Node.
 */
export async function bundle(
  code: string,
  platform: 'neutral' | 'node' = 'neutral',
  resolveDir = import.meta.dirname,
  without: readonly string[] = [],
  conditions: readonly string[] = ['browser'],
): Promise<Bundle> {
  const result = await build({
    stdin: { contents: code, resolveDir, loader: 'ts' },
    bundle: true,
    minify: true,
    treeShaking: true,
    format: 'esm',
    platform,
    target: 'es2022',
    mainFields: ['module', 'main'],
    conditions: ['@holdfast/source', ...conditions, 'import'],
    external: [...without],
    write: false,
    metafile: true,
    outfile: 'bundle.js',
    logLevel: 'silent',
  })
  const [file] = result.outputFiles
  if (file === undefined) throw new Error('esbuild wrote nothing')
  const external = Object.values(result.metafile.outputs).flatMap((output) =>
    output.imports.filter((imported) => imported.external).map((imported) => imported.path),
  )
  return { gzipBytes: gzipSync(file.contents, { level: 9 }).byteLength, text: file.text, external }
}
