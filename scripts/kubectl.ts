// The kubectl that tests start: $HOLDFAST_KUBECTL, or else Debian's package of the unstable suite, unpacked into this
// repository and nowhere else.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE, withDebianPackages } from './debian-packages.ts'

const UNPACKED = join(CACHE, 'kubectl', 'kubectl')

/** The path of a kubectl that runs. @throws where there is none, with what to do */
export function kubectlProgram(): string {
  const named = process.env['HOLDFAST_KUBECTL']
  if (named !== undefined && named !== '') return named
  if (runs(UNPACKED)) return UNPACKED
  return withDebianPackages('unstable', ['kubectl'], (folder) => {
    const path = join(folder, 'usr/bin/kubectl')
    if (!runs(path))
      throw new Error("Debian's kubectl does not run on this machine: name another one in HOLDFAST_KUBECTL.")
    mkdirSync(join(CACHE, 'kubectl'), { recursive: true })
    renameSync(path, UNPACKED)
    return UNPACKED
  })
}

function runs(path: string): boolean {
  return existsSync(path) && spawnSync(path, ['version', '--client'], { timeout: 20_000 }).status === 0
}
