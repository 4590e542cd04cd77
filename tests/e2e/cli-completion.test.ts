import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url))

function script(shell: string): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [MAIN, 'completion', shell], { encoding: 'utf8' })
  expect([stderr, status]).toEqual(['', 0])
  return stdout
}

it('completes in bash: commands, commands below them, and flags of the one that is being written', () => {
  const lines = [
    's',
    'track ',
    'track r',
    'observe --j',
    'shell --url http://x --o',
    'track run --u',
    'lead -- --u',
    'x --',
  ]
  const asks = lines.map((line) => {
    const words = ['holdfast', ...line.split(' ')].map((word) => `'${word}'`).join(' ')
    return `COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); COMPREPLY=(); _holdfast; echo "\${COMPREPLY[*]}"`
  })
  const { stdout, stderr } = spawnSync('bash', ['--norc', '--noprofile', '-c', [script('bash'), ...asks].join('\n')], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  const [s, track, r, json, observe, run, after, root] = stdout.split('\n')
  expect(s).toBe('serve shell session share store')
  expect(track?.split(' ')).toEqual(expect.arrayContaining(['run', 'list', 'add', '--help']))
  expect([r, json, observe, run, after, root]).toEqual(['run', '--json', '--observe', '--url', '', '--version --help'])
})

it.each([
  ['zsh', 'compdef _holdfast holdfast', "'--json:"],
  ['fish', "complete -c holdfast -n '__holdfast_at observe' -l json", '-f -a doctor'],
])('has a script for %s, which that shell reads where it is installed', (shell, one, other) => {
  const text = script(shell)
  expect(text).toContain(one)
  expect(text).toContain(other)
  inFile(text, (file) => {
    // From a file: fish takes no script on standard input.
    const parsed = spawnSync(shell, ['-n', file], { encoding: 'utf8' })
    if (parsed.error === undefined) expect([parsed.stderr, parsed.status]).toEqual(['', 0])
  })
})

it('describes what it completes by what it does, and not by its default', () => {
  const text = script('fish')
  expect(text).toContain("-l store -d 'where sessions are kept: embedded'")
  expect(text).toContain("-l port -d 'port to listen on'")
  expect(text).toContain("-l shell-host -d 'where shells run. process: they outlive a gateway that dies'")
  inFile(text, (file) => {
    const completed = spawnSync('fish', ['--no-config', '-c', `source ${file}; complete -C 'holdfast shell k'`], {
      encoding: 'utf8',
    })
    if (completed.error === undefined) expect(completed.stdout).toBe('kill\tend a shell and every program in it\n')
  })
})

function inFile(text: string, run: (file: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-completion-'))
  try {
    writeFileSync(join(folder, 'script'), text)
    run(join(folder, 'script'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
