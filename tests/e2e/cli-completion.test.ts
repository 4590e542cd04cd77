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
  expect(s).toBe('serve shell store')
  expect(track?.split(' ')).toEqual(expect.arrayContaining(['run', 'list', 'add', '--help']))
  expect([r, json, observe, run, after, root]).toEqual(['run', '--json', '--observe', '--url', '', '--version --help'])
})

it.each([
  ['zsh', 'compdef _holdfast holdfast', "'--json:"],
  ['fish', "complete -c holdfast -n '__holdfast_at observe' -l json", '-f -a doctor'],
])('has a script for %s', (shell, one, other) => {
  const text = script(shell)
  expect(text).toContain(one)
  expect(text).toContain(other)
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-completion-'))
  try {
    // From a file: fish takes no script on standard input.
    writeFileSync(join(folder, 'script'), text)
    const parsed = spawnSync(shell, ['-n', join(folder, 'script')], { encoding: 'utf8' })
    // Where the shell is installed it also reads the script.
    if (parsed.error === undefined) expect([parsed.stderr, parsed.status]).toEqual(['', 0])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
