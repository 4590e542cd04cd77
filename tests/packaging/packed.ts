import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')

/** Packs every package into a folder, as it would be published. @returns the names of the files */
export async function packInto(folder: string): Promise<readonly string[]> {
  const packages = ['-r', '--filter', './packages/*']
  await promisify(execFile)('pnpm', [...packages, 'pack', '--pack-destination', folder], { cwd: root })
  const files = readdirSync(folder).filter((file) => file.endsWith('.tgz'))
  const expected = readdirSync(join(root, 'packages')).length
  if (files.length !== expected) throw new Error(`expected ${expected} packed packages, got ${files.length}`)
  return files
}
