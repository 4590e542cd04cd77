import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')

/** What is published: the folders below `packages`. */
export const PACKAGES: readonly string[] = readdirSync(join(root, 'packages'))

/** What a package.json may say, as far as these tests look at it. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description?: string
  readonly keywords?: readonly string[]
  readonly homepage?: string
  readonly bugs?: string
  readonly license?: string
  readonly repository?: { readonly type: string; readonly url: string; readonly directory?: string }
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
  readonly cpu?: readonly string[]
}

/** @param folder below the repository, or absolute */
export function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/** Packs everything into a folder, as it would be published. @returns the names of the packages' files */
export async function packInto(folder: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('node', [join(root, 'scripts/pack-all.mjs'), folder], { cwd: root })
  const files = stdout
    .trim()
    .split('\n')
    .map((file) => basename(file))
    .filter((file) => file.startsWith('holdfast-'))
  if (files.length !== PACKAGES.length)
    throw new Error(`expected ${PACKAGES.length} packed packages, got ${files.length}`)
  return files
}
