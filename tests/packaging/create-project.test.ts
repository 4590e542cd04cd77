import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packInto } from './packed.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const CREATE = join(root, 'apps/create/dist/main.js')
const TEMPLATES = readdirSync(join(root, 'apps/create/templates'))
/** Below this folder, where the packages are found. */
const FOLDER = join(import.meta.dirname, '.created')
/** With packages that npm installs from tarballs, which takes minutes: `pnpm test:packages`. */
const isLong = process.env['HOLDFAST_LONG'] === '1'

let place: string
beforeAll(() => {
  mkdirSync(FOLDER, { recursive: true })
  place = mkdtempSync(join(FOLDER, 'run-'))
})
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

const create = (...words: readonly string[]) => run('node', [CREATE, ...words], { cwd: place })

it.each(TEMPLATES)(
  'a project of the template %s compiles; the tests of a client pass',
  { timeout: 180_000 },
  async (name) => {
    const { stdout } = await create(`my-${name}`, '--template', name)
    expect(stdout).toContain(`cd my-${name}\n  npm install\n  npm test`)
    const folder = join(place, `my-${name}`)
    expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).toMatchObject({ name: `my-${name}` })
    expect(existsSync(join(folder, '.gitignore'))).toBe(true)
    // Found before the one of this repository, below which the project is made.
    writeFileSync(join(folder, 'vitest.config.mjs'), 'export default {}')
    await run(join(root, 'node_modules/.bin/tsc'), ['--noEmit'], { cwd: folder })
    // The others start servers and programs: in the long form, from what npm installs.
    if (name !== 'client') return
    const options = ['run', '--root', folder, '--testTimeout', '30000']
    const tests = await run(join(root, 'node_modules/.bin/vitest'), options, { cwd: folder })
    expect(tests.stdout).toMatch(/Tests .*\d passed/)
  },
)

it('a project that cannot be made is refused in a sentence: a missing template, a full folder, no packages', async () => {
  for (const [words, sentence] of [
    [['x', '--template', 'none'], 'There is no template "none". There are: client, hub, agent.'],
    [['x'], 'Expected --template with one of: client, hub, agent.'],
    [[], 'Expected the name of a folder.'],
    [['.', '--template', 'client'], 'The folder . is not empty.'],
    [['x', '--template', 'client', '--packages', 'none'], 'There are no packed packages in none.'],
    [['x', '--what'], "Unknown option '--what'"],
  ] as const) {
    const failed = create(...words)
    await expect(failed, sentence).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(sentence) })
  }
  expect(existsSync(join(place, 'x'))).toBe(false)
})

describe.runIf(isLong)('from packed packages', () => {
  const packed = mkdtempSync(join(tmpdir(), 'holdfast-create-'))
  beforeAll(() => packInto(packed), 300_000)
  afterAll(() => rmSync(packed, { recursive: true, force: true }), 300_000)

  it.each(TEMPLATES)(
    'a project of the template %s installs by npm, builds and passes its tests',
    async (name) => {
      const program =
        readdirSync(packed).find((file) => file.startsWith('create-holdfast-')) ?? expect.fail('not packed')
      const words = [name, '--template', name, '--packages', packed]
      await run('npx', ['--yes', `--package=${join(packed, program)}`, 'create-holdfast', ...words], { cwd: packed })
      const folder = join(packed, name)
      await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: folder })
      expect((await run('npm', ['test'], { cwd: folder })).stdout).toMatch(/Tests .*\d passed/)
      await run('npm', ['run', 'build'], { cwd: folder })
      expect(existsSync(join(folder, 'dist/main.js'))).toBe(true)
    },
    600_000,
  )
})
