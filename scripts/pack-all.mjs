// Packs everything as it would be published, the packages and `create-holdfast`: `pnpm pack:all [FOLDER]`, by default `tarballs`.
// Prints one file a line.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** Needs a build. @returns the names of the files in the folder */
export function packAll(folder) {
  mkdirSync(folder, { recursive: true })
  const args = [
    '--recursive',
    '--filter',
    './packages/*',
    '--filter',
    'create-holdfast',
    'pack',
    '--pack-destination',
    folder,
  ]
  const { status, stderr, stdout } = spawnSync('pnpm', args, { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(`pnpm pack failed: ${stderr}${stdout}`)
  return readdirSync(folder).filter((file) => file.endsWith('.tgz'))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = resolve(process.argv[2] ?? 'tarballs')
  for (const file of packAll(folder)) process.stdout.write(`${join(folder, file)}\n`)
}
