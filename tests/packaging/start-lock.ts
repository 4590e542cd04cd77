import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

const root = join(import.meta.dirname, '../..')

type Versions = Readonly<Record<string, string>>

/** What pnpm's lockfile says of a package. */
interface Locked {
  readonly resolution: { readonly integrity: string }
  readonly engines?: Versions
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly peerDependencies?: Versions
}

interface Snapshot {
  readonly dependencies?: Versions
  readonly optionalDependencies?: Versions
}

interface Importer {
  readonly dependencies?: Readonly<Record<string, { readonly version: string }>>
  readonly devDependencies?: Readonly<Record<string, { readonly version: string }>>
}

interface Lockfile {
  readonly importers: Readonly<Record<string, Importer>>
  readonly packages: Readonly<Record<string, Locked>>
  readonly snapshots: Readonly<Record<string, Snapshot>>
}

/** An entry of npm's lockfile. */
interface Entry {
  readonly version: string
  readonly integrity: string
  optional?: true
  dev?: true
  readonly [field: string]: unknown
}

/** What running needs, and what builds it: the same packages as in pnpm's lockfile, for npm. */
export interface StartFiles {
  readonly manifest: object
  readonly lock: object
}

/** Programs that `npm start` builds. */
const PROGRAMS = ['apps/cli', 'apps/demo'] as const
/** What the agent of the demonstration is made of. */
const AGENT_SDK = '@agentclientprotocol/sdk'
/** The page that it builds, with all that it is made of. */
const PAGE = 'apps/console'

/** The manifest and the lockfile with which `npm start` installs what it needs, and no more. */
export function startFiles(): StartFiles {
  const pnpm = readLockfile()
  const dependencies = new Map<string, string>()
  for (const program of PROGRAMS) collect(pnpm, program, dependencies)
  const development = new Map<string, string>([['esbuild', versionOf(pnpm, '.', 'esbuild')]])
  development.set(AGENT_SDK, versionOf(pnpm, 'apps/demo', AGENT_SDK))
  for (const [name, { version }] of Object.entries(pnpm.importers[PAGE]?.devDependencies ?? {})) {
    if (!isOurs(name)) development.set(name, version)
  }
  const cli = JSON.parse(readFileSync(join(root, 'apps/cli/package.json'), 'utf8'))
  const { name, version, description, license, engines } = cli
  const manifest = {
    ...{ name, version, description, license, type: 'module', engines },
    bin: { holdfast: 'dist/holdfast.js' },
    files: ['dist', '!dist/demo.js', '!dist/demo-agent.js'],
    dependencies: plain(dependencies),
    devDependencies: plain(development),
  }
  const packages = new Tree(pnpm)
  packages.add(dependencies, { isDevelopment: false })
  packages.add(development, { isDevelopment: true })
  return {
    manifest,
    lock: {
      ...{ name, version, lockfileVersion: 3, requires: true },
      packages: {
        '': { ...manifest, files: undefined, description: undefined, type: undefined },
        ...packages.entries(),
      },
    },
  }
}

function readLockfile(): Lockfile {
  const documents = parseAllDocuments(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8'))
  return documents.at(-1)?.toJS()
}

/** The packages of others that a program and everything of ours behind it need to run. */
function collect(pnpm: Lockfile, importer: string, found: Map<string, string>): void {
  for (const [name, { version }] of Object.entries(pnpm.importers[importer]?.dependencies ?? {})) {
    if (version.startsWith('link:')) collect(pnpm, join(importer, version.slice('link:'.length)), found)
    else if (!name.startsWith('@types/')) found.set(name, version)
  }
}

function versionOf(pnpm: Lockfile, importer: string, name: string): string {
  return pnpm.importers[importer]?.devDependencies?.[name]?.version ?? ''
}

function isOurs(name: string): boolean {
  return name.startsWith('@holdfast/')
}

/** `8.3.8` of `8.3.8(esbuild@0.28.2)`. */
function bare(version: string): string {
  return version.replace(/\(.*/, '')
}

function plain(versions: ReadonlyMap<string, string>): Versions {
  return Object.fromEntries([...versions].sort().map(([name, version]) => [name, bare(version)]))
}

/** Where each package lies below `node_modules`: as high as its version allows. */
class Tree {
  readonly #pnpm: Lockfile
  readonly #entries = new Map<string, Entry>()

  constructor(pnpm: Lockfile) {
    this.#pnpm = pnpm
  }

  add(roots: ReadonlyMap<string, string>, { isDevelopment }: { readonly isDevelopment: boolean }): void {
    for (const [name, version] of [...roots].sort())
      this.#place(name, version, '', { isDevelopment, isOptional: false })
  }

  entries(): object {
    return Object.fromEntries([...this.#entries].sort(([one], [other]) => (one < other ? -1 : 1)))
  }

  #place(
    name: string,
    version: string,
    parent: string,
    kind: { readonly isDevelopment: boolean; readonly isOptional: boolean },
  ): void {
    const path = this.#pathFor(name, bare(version), parent)
    const known = this.#entries.get(path)
    // What is wanted without a condition is so for all that it wants.
    if (known !== undefined && !(known.optional === true && !kind.isOptional)) return
    const locked = this.#pnpm.packages[`${name}@${bare(version)}`]
    const { dependencies = {}, optionalDependencies = {} } = this.#pnpm.snapshots[`${name}@${version}`] ?? {}
    if (locked === undefined) throw new Error(`${name}@${version} is not in pnpm-lock.yaml`)
    // Peers are somebody else's to bring.
    const wanted = (versions: Versions): readonly [string, string][] =>
      Object.entries(versions).filter(([one]) => locked.peerDependencies?.[one] === undefined)
    this.#entries.set(path, {
      ...{ version: bare(version), integrity: locked.resolution.integrity },
      ...(kind.isDevelopment ? { dev: true } : {}),
      ...(kind.isOptional ? { optional: true } : {}),
      ...{ engines: locked.engines, os: locked.os, cpu: locked.cpu, libc: locked.libc },
      ...(wanted(dependencies).length > 0 ? { dependencies: plain(new Map(wanted(dependencies))) } : {}),
      ...(wanted(optionalDependencies).length > 0
        ? { optionalDependencies: plain(new Map(wanted(optionalDependencies))) }
        : {}),
    })
    for (const [one, its] of wanted(dependencies)) this.#place(one, its, path, kind)
    for (const [one, its] of wanted(optionalDependencies)) this.#place(one, its, path, { ...kind, isOptional: true })
  }

  /** The place that a package is found at from its parent: one that is there already, or the highest that is free. */
  #pathFor(name: string, version: string, parent: string): string {
    const below = (folder: string): string => join(folder, 'node_modules', name)
    for (let folder = parent; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
      const there = this.#entries.get(below(folder))
      if (there !== undefined) return there.version === version ? below(folder) : below(parent)
      if (folder === '') return below('')
    }
  }
}
