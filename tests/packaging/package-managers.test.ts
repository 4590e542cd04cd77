import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifestIn, PACKAGES, packInto } from './packed.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const place = mkdtempSync(join(tmpdir(), 'holdfast-managers-'))
/** Minutes, and hundreds of megabytes: `pnpm test:packages`. What pnpm installs is in all the checks: installed.test.ts. */
const isLong = process.env['HOLDFAST_LONG'] === '1'
const NODES = ['node20', 'node26'] as const

interface Manager {
  readonly name: string
  readonly install: readonly [string, ...string[]]
  readonly files?: Readonly<Record<string, string>>
}
const MANAGERS: readonly Manager[] = [
  { name: 'npm', install: ['npm', 'install', '--no-audit', '--no-fund', '--prefer-offline'] },
  { name: 'pnpm', install: ['pnpm', 'install', '--prefer-offline', '--ignore-scripts'] },
  {
    name: 'yarn 1',
    install: ['npx', '--yes', 'yarn@1.22.22', 'install', '--ignore-scripts', '--no-lockfile', '--ignore-engines'],
  },
  {
    name: 'yarn 4',
    install: ['npx', '--yes', '--package=@yarnpkg/cli-dist@4.18.1', 'yarn', 'install'],
    files: {
      '.yarnrc.yml':
        'nodeLinker: node-modules\nenableTelemetry: false\nenableScripts: false\nenableImmutableInstalls: false\n',
      'yarn.lock': '',
    },
  },
]

let tarballs: Readonly<Record<string, string>>

beforeAll(async () => {
  if (!isLong) return
  const files = await packInto(join(place, 'tarballs'))
  tarballs = Object.fromEntries(
    PACKAGES.map((name) => {
      const file = files.find((one) =>
        one.startsWith(`holdfast-${name}-${manifestIn(join(root, 'packages', name)).version}`),
      )
      return [`@holdfast/${name}`, `file:${join(place, 'tarballs', file ?? expect.fail(`no tarball of ${name}`))}`]
    }),
  )
  await installNodes()
}, 600_000)
afterAll(() => rmSync(place, { recursive: true, force: true }), 300_000)

/** The oldest and the newest that are promised, in the versions that the runtime tests pin. */
async function installNodes(): Promise<void> {
  const file = join(root, 'tests/runtimes/engines/package.json')
  const { optionalDependencies }: { readonly optionalDependencies: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(file, 'utf8'),
  )
  const specs = NODES.map((name) => `${name}@${optionalDependencies[name]}`)
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefix', join(place, 'nodes'), ...specs])
}

/** Every entry that is code and that needs nothing more than what is installed. */
function entries(): readonly string[] {
  return PACKAGES.flatMap((name) =>
    Object.keys(manifestIn(join(root, 'packages', name)).exports)
      .map((entry) => `@holdfast/${name}${entry.slice(1)}`)
      .filter((entry) => !/\.json$|conformance|aws/.test(entry)),
  )
}

/** What the packages want beside them: zod for schemas, and whatever a package does not go without. */
function beside(): Readonly<Record<string, string>> {
  const wanted = PACKAGES.flatMap((name) => {
    const { peerDependencies = {}, peerDependenciesMeta = {} } = manifestIn(join(root, 'packages', name))
    return Object.entries(peerDependencies).filter(
      ([peer]) => peer === 'zod' || (peerDependenciesMeta[peer]?.optional !== true && !peer.startsWith('@holdfast/')),
    )
  })
  return Object.fromEntries(wanted)
}

async function install({ name, install: [command, ...args], files = {} }: Manager): Promise<string> {
  const folder = join(place, name.replace(' ', '-'))
  mkdirSync(folder)
  const dependencies = { ...tarballs, ...beside() }
  // What one of ours needs of the others comes from the tarballs too: they are on no registry.
  const ours = { resolutions: tarballs, overrides: tarballs }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies, ...ours }))
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), JSON.stringify({ overrides: tarballs }))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  writeFileSync(
    join(folder, 'all.mjs'),
    entries()
      .map((entry) => `import '${entry}'`)
      .join('\n'),
  )
  const required = entries().map((entry) => `require('${entry}')`)
  writeFileSync(join(folder, 'all.cjs'), required.join('\n'))
  // yarn 1 takes a tarball of the same name and version from its cache, whatever is in it.
  const env = { ...process.env, YARN_CACHE_FOLDER: join(place, 'yarn-cache') }
  // yarn says what is wrong on its standard output.
  await run(command, args, { cwd: folder, env, maxBuffer: 1e8 }).catch(({ message, stdout }) => {
    throw new Error(`${message}\n${stdout}`)
  })
  return folder
}

describe.runIf(isLong).each(MANAGERS)('what $name installs', (manager) => {
  let folder: string
  beforeAll(async () => {
    folder = await install(manager)
  }, 600_000)

  it.each(NODES.flatMap((node) => ['all.mjs', 'all.cjs'].map((file) => [node, file] as const)))(
    'runs in %s: %s',
    async (node, file) => {
      await run(join(place, 'nodes/node_modules', node, 'bin/node'), [file], { cwd: folder })
    },
  )
})
