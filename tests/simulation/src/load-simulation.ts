import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { MUTANTS } from './mutants.ts'

/** The simulation as a module of its own: its engine may be a broken one. */
export type Simulation = Pick<typeof import('./simulation.ts'), 'runWorld' | 'runWild'>

const HERE = fileURLToPath(new URL('.', import.meta.url))
const PACKAGES = fileURLToPath(new URL('../../../packages/', import.meta.url))

/** Bundles world, testkit and engine together, the engine changed in one place where a mutant is named. */
export async function loadSimulation(mutant?: string): Promise<Simulation> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-simulation-'))
  const outfile = join(folder, 'simulation.cjs')
  const plugin = mutant === undefined ? undefined : await mutation(mutant)
  try {
    await build({
      entryPoints: [join(HERE, 'simulation.ts')],
      outfile,
      bundle: true,
      format: 'cjs',
      platform: 'neutral',
      target: 'node20',
      conditions: ['@holdfast/source'],
      logLevel: 'silent',
      plugins: plugin === undefined ? [] : [plugin.plugin],
    })
    if (plugin?.applied() === false) throw new Error(`mutant ${mutant}: its file is not part of the engine any more`)
    // Not by `import`: the test runner would transform all of it once more.
    return createRequire(import.meta.url)(outfile)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The file that a mutant changes, and its source with the change. @throws where its text is not there, or more than once */
export async function mutated(name: string): Promise<{ readonly path: string; readonly contents: string }> {
  const mutant = MUTANTS[name]
  if (mutant === undefined) throw new Error(`no mutant "${name}"; there are ${Object.keys(MUTANTS).join(', ')}`)
  const path = join(PACKAGES, mutant.package ?? 'core', 'src', mutant.file)
  const source = await readFile(path, 'utf8')
  if (source.split(mutant.from).length !== 2)
    throw new Error(`mutant ${name}: expected its text once in ${mutant.file}; adapt it to the engine`)
  return { path, contents: source.replace(mutant.from, () => mutant.to) }
}

async function mutation(name: string): Promise<{ readonly plugin: Plugin; applied(): boolean }> {
  const { path, contents } = await mutated(name)
  let applied = false
  const plugin: Plugin = {
    name: 'mutation',
    setup: ({ onLoad }) => {
      onLoad({ filter: new RegExp(`/${basename(path).replaceAll('.', '\\.')}$`) }, (args) => {
        if (args.path !== path) return undefined
        applied = true
        return { contents, loader: 'ts' }
      })
    },
  }
  return { plugin, applied: () => applied }
}
