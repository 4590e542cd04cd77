// Builds what `npm start` runs, from the sources of this repository: the `holdfast` command with its gateway, the
// demonstration, and the console. Needs only what package.json beside this file names. `build` can be packed: `npm pack ./build`.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The programs, by the names of their files. Those without a command of their own are started by the gateway. */
export const ENTRIES = {
  holdfast: 'apps/cli/src/main.ts',
  demo: 'apps/demo/src/live/start.ts',
  'demo-agent': 'apps/demo/src/demo-agent.ts',
  'shell-host-main': 'apps/gateway/src/shell-host-main.ts',
  'agent-host-main': 'apps/gateway/src/agent-host-main.ts',
  worker: 'packages/store-sqlite/src/worker.ts',
  'screen-worker': 'packages/shell-host/src/screen/screen-worker.ts',
}

/**
 * How the programs are bundled, here and for tests: one file each in `outdir`, and what they share beside them.
 * @param root the repository @param entries files below it, by the names of the programs
 */
export function bundleOptions(root, entries, outdir) {
  return {
    absWorkingDir: root,
    entryPoints: Object.entries(entries).map(([out, file]) => ({ in: join(root, file), out })),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
  }
}

/**
 * Builds everything. @param root the repository @param folder where to: its `node_modules` has the packages of others
 * @returns what the programs import of others
 */
export async function build(root, folder) {
  const from = (name) => pathToFileURL(createRequire(join(folder, 'package.json')).resolve(name)).href
  const sources = sourcesOf(root)
  rmSync(join(folder, 'dist'), { recursive: true, force: true })
  const [{ build: bundle }, { build: page }] = await Promise.all([
    import(from('esbuild')),
    import(join(folder, 'node_modules/vite/dist/node/index.js')),
  ])
  const [{ metafile }] = await Promise.all([
    bundle(programs(root, folder, sources)),
    page(consolePage(root, folder, sources)),
  ])
  return externals(metafile)
}

function programs(root, folder, sources) {
  return {
    ...bundleOptions(root, ENTRIES, join(folder, 'dist')),
    packages: 'external',
    metafile: true,
    logLevel: 'error',
    plugins: [
      {
        name: 'sources',
        setup: ({ onResolve }) => {
          onResolve({ filter: /^@holdfast\// }, ({ path }) => ({ path: sources(path, 'node') }))
          // Of the demonstration alone: whoever installs the command does without it.
          onResolve({ filter: /^@agentclientprotocol\/sdk$/ }, () => ({
            path: createRequire(join(folder, 'package.json')).resolve('@agentclientprotocol/sdk'),
          }))
        },
      },
    ],
  }
}

function consolePage(root, folder, sources) {
  const require = createRequire(join(folder, 'package.json'))
  return {
    configFile: false,
    root: join(root, 'apps/console/src'),
    base: './',
    logLevel: 'error',
    build: { outDir: join(folder, 'dist/console'), emptyOutDir: true, target: 'es2022', reportCompressedSize: false },
    plugins: [
      {
        name: 'sources',
        enforce: 'pre',
        resolveId(id, importer) {
          if (id.startsWith('@holdfast/')) return sources(id, 'browser')
          // What the page is made of lies with what builds it, not beside its sources.
          const isPackage = /^[@a-z]/.test(id) && importer?.startsWith(root) && !importer.includes('node_modules')
          return isPackage ? this.resolve(id, require.resolve('vite/package.json'), { skipSelf: true }) : undefined
        },
      },
    ],
  }
}

/** Finds the source of what a package of ours exports. */
function sourcesOf(root) {
  const packages = new Map()
  for (const kind of ['packages', 'apps']) {
    for (const entry of readdirSync(join(root, kind))) {
      const folder = join(root, kind, entry)
      const { name, exports = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      packages.set(name, { folder, exports })
    }
  }
  return (id, runtime) => {
    const [, name = '', rest = ''] = /^(@[^/]+\/[^/]+)(.*)$/.exec(id) ?? []
    const { folder = '', exports = {} } = packages.get(name) ?? {}
    const source = targetOf(exports[`.${rest}`], ['@holdfast/source', runtime, 'default'])
    if (source === undefined) throw new Error(`${id} has no source in this repository`)
    return join(folder, source)
  }
}

/** What an entry of `exports` is under these conditions. */
function targetOf(entry, conditions) {
  if (entry === undefined || typeof entry === 'string') return entry
  const known = Object.keys(entry).find((condition) => conditions.includes(condition))
  return targetOf(entry[known], conditions)
}

/** The packages of others that the programs import. */
function externals({ outputs }) {
  const imports = Object.values(outputs).flatMap((output) => output.imports)
  const paths = imports.filter(({ external, path }) => external && !path.startsWith('node:')).map(({ path }) => path)
  return [...new Set(paths.map(packageOf))].sort()
}

/** `zod` of `zod/v4`, `@a/b` of `@a/b/c`. */
function packageOf(path) {
  return path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/')
}

const [, file, root, folder] = process.argv
if (file === fileURLToPath(import.meta.url) && folder !== undefined) await build(root, folder)
