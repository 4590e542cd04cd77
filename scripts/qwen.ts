// The coding agent that `pnpm test:agents` starts: from npm, installed once into this repository's cache and nowhere else.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE } from './debian-packages.ts'

const VERSION = '0.24.4'

/** The file that Node runs. @throws where npm cannot install it */
export function qwenProgram(): string {
  const folder = join(CACHE, `qwen-code-${VERSION}`)
  const program = join(folder, 'node_modules/.bin/qwen')
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync('npm', ['install', ...quiet, '--prefix', folder, `@qwen-code/qwen-code@${VERSION}`], {
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error(`npm could not install @qwen-code/qwen-code@${VERSION}.`)
  return program
}
