import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Writes the address of every module that the program loads into the file that `LOADED` names. */
const HOOKS = `import { appendFileSync } from 'node:fs'
export async function load(url, context, next) {
  appendFileSync(process.env.LOADED, url + '\\n')
  return next(url, context)
}`

/** The files that `holdfast` loads for these words, below the root of the repository. */
function loadedBy(...words: readonly string[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-start-'))
  try {
    const list = join(folder, 'loaded')
    const hooks = `data:text/javascript,${encodeURIComponent(HOOKS)}`
    const register = join(folder, 'register.mjs')
    writeFileSync(register, `import { register } from 'node:module'\nregister(${JSON.stringify(hooks)})\n`)
    const main = join(root, 'apps/cli/dist/main.js')
    const args = ['--import', pathToFileURL(register).href, main, ...words]
    const { status, stderr } = spawnSync(process.execPath, args, {
      env: { ...process.env, LOADED: list },
      encoding: 'utf8',
    })
    expect([stderr, status]).toEqual(['', 0])
    const urls = readFileSync(list, 'utf8').split('\n')
    return urls.filter((url) => url.startsWith('file:') && !url.endsWith('/register.mjs')).map(shortened)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function shortened(url: string): string {
  return url.replace(pathToFileURL(`${root}/`).href, '').replace(/.*\/node_modules\/(?!\.pnpm)/, '')
}

// What starting costs is told by what is loaded: time on a busy machine tells nothing.
it('`holdfast --help` and `--version` load the names of the commands, and no command', () => {
  for (const word of ['--help', '--version']) {
    const loaded = loadedBy(word)
    expect(loaded.filter((file) => /packages\/|commands\//.test(file))).toEqual([])
    expect(loaded.length).toBeLessThanOrEqual(10)
  }
})

it('the help of a command loads that command, and neither a gateway nor another command', () => {
  const loaded = loadedBy('shell', '--help')
  const commands = loaded.filter((file) => file.includes('cli/dist/commands/'))
  expect(commands.toSorted()).toEqual(['shell-manage.js', 'shell.js'].map((file) => `apps/cli/dist/commands/${file}`))
  // Files that load nothing else: how the command is called here, and how small files are read and written.
  const small = ['command-name', 'lifetime/address-file'].map((name) => `apps/gateway/dist/${name}.js`)
  const loadedOfThese = loaded.filter((file) => /packages\/(server|transport-node|shell)\/|apps\/gateway\//.test(file))
  expect(loadedOfThese.toSorted()).toEqual(small)
})
