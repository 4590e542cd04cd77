import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TemplateName } from './templates.ts'

const TEMPLATES = fileURLToPath(new URL('../templates', import.meta.url))
const SCOPE = '@holdfast/'

/** What a project is made of. */
export interface ProjectOptions {
  /** Where it is made. It may be there, if it is empty. */
  readonly folder: string
  readonly template: TemplateName
  /** The version of the packages that it asks for. */
  readonly version: string
  /** A folder of packed packages (`pnpm pack:all FOLDER`) to install in place of published ones. */
  readonly packages?: string | undefined
}

/** A sentence for who asked, and what to do. */
export class CannotCreate extends Error {}

/**
 * Copies a template, and says in its package.json what it is called and where the packages come from.
 * @throws {@link CannotCreate}
 */
export function createProject({ folder, template, version, packages }: ProjectOptions): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new CannotCreate(`The folder ${folder} is not empty. Name one that is, or one that is not there.`)
  }
  const files = packages === undefined ? undefined : packedIn(packages)
  mkdirSync(folder, { recursive: true })
  cpSync(join(TEMPLATES, template), folder, { recursive: true })
  // npm packs no file of this name as it is.
  renameSync(join(folder, '_gitignore'), join(folder, '.gitignore'))
  const file = join(folder, 'package.json')
  const manifest: Manifest = JSON.parse(readFileSync(file, 'utf8'))
  const sources = (name: string): string => (files === undefined ? `^${version}` : sourceOf(files, name))
  const made = {
    ...manifest,
    name: nameOf(folder),
    dependencies: withSources(manifest.dependencies, sources),
    devDependencies: withSources(manifest.devDependencies, sources),
    // What the packages need of each other is on no registry either.
    ...(files === undefined ? {} : { overrides: Object.fromEntries(files) }),
  }
  writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`)
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

function withSources(dependencies: Readonly<Record<string, string>>, sources: (name: string) => string): object {
  const entries = Object.entries(dependencies)
  return Object.fromEntries(entries.map(([name, range]) => [name, name.startsWith(SCOPE) ? sources(name) : range]))
}

/** Which file has which package. */
function packedIn(folder: string): ReadonlyMap<string, string> {
  const files = existsSync(folder) ? readdirSync(folder) : []
  const found = files.flatMap((file) => {
    const [, name] = /^holdfast-([a-z-]+)-\d[\w.-]*\.tgz$/.exec(file) ?? []
    return name === undefined ? [] : [[`${SCOPE}${name}`, `file:${resolve(folder, file)}`] as const]
  })
  if (found.length > 0) return new Map(found)
  throw new CannotCreate(`There are no packed packages in ${folder}. Make them in a checkout: pnpm pack:all ${folder}`)
}

function sourceOf(files: ReadonlyMap<string, string>, name: string): string {
  const file = files.get(name)
  if (file === undefined)
    throw new CannotCreate(`${name} is not among the packed packages. Make them anew: pnpm pack:all`)
  return file
}

/** The folder's name, as npm takes it. */
function nameOf(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '')
  return name === '' ? 'my-project' : name
}
