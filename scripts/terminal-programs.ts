// The full-screen programs that `pnpm test:interop-system` leaves and comes back to: those on PATH; what is missing is
// installed from Debian, where this is Debian and the tests run as root, as in a container.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { isDebian } from './debian-packages.ts'

/** Programs, and the packages that have them. */
const PACKAGES: Readonly<Record<string, string>> = {
  vim: 'vim',
  less: 'less',
  htop: 'htop',
  top: 'procps',
  tmux: 'tmux',
  nano: 'nano',
  mc: 'mc',
  emacs: 'emacs-nox',
  fish: 'fish',
  zsh: 'zsh',
  dash: 'dash',
  python3: 'python3',
}

/** Makes sure that all are there. @throws where one is missing and cannot be installed */
export function installTerminalPrograms(): void {
  installDebianPrograms(PACKAGES)
}

/** Makes sure that these programs are there, or files by their whole path; with each the package that has it. @throws as above */
export function installDebianPrograms(wanted: Readonly<Record<string, string>>): void {
  const missing = Object.entries(wanted).filter(([program]) => !isThere(program))
  if (missing.length === 0) return
  const packages = missing.map(([, name]) => name)
  if (!isDebian() || process.getuid?.() !== 0) throw new Error(`Missing here: ${packages.join(', ')}. Install them.`)
  // Files of tests run side by side, and each installs what it needs: one waits until the other is done.
  const args = ['install', '-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=200', ...packages]
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['update', '-q'], { env })
  const { status } = spawnSync('apt-get', args, { env, timeout: 240_000 })
  if (status !== 0) throw new Error(`apt-get could not install ${packages.join(', ')}.`)
}

function isThere(program: string): boolean {
  if (isAbsolute(program)) return existsSync(program)
  return pathOfDebian()
    .split(delimiter)
    .some((folder) => existsSync(join(folder, program)))
}

/** `PATH`, and where Debian puts servers. */
export function pathOfDebian(): string {
  return [process.env['PATH'], '/usr/sbin', '/sbin'].join(delimiter)
}
