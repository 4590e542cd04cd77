import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'

const root = join(import.meta.dirname, '../..')
const folder = join(root, '.github/workflows')
const FILES = readdirSync(folder)
const text = (file: string): string => readFileSync(join(folder, file), 'utf8')

it.each(FILES)('the workflow %s takes actions by the hash of a commit, and says which version that is', (file) => {
  const uses = [...text(file).matchAll(/uses: (.+)$/gm)].map(([, action = '']) => action)
  expect(uses.length).toBeGreaterThan(0)
  for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
})

it.each(FILES)('the workflow %s may read, and more only where a job says why', (file) => {
  const { permissions, jobs } = parse(text(file))
  expect(permissions).toEqual({ contents: 'read' })
  expect(Object.values<Record<string, unknown>>(jobs).every((job) => 'runs-on' in job && 'steps' in job)).toBe(true)
})

it('workflows run scripts that are there, with the pinned pnpm', () => {
  const { scripts, packageManager }: { readonly scripts: object; readonly packageManager: string } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  const { jobs } = parse(text('long.yml'))
  const long: readonly string[] = jobs.long.strategy.matrix.script
  const named = FILES.flatMap((file) => [...text(file).matchAll(/npx (pnpm@\S+) ([\w:]+)/g)])
  for (const [, manager] of named) expect(manager).toBe(packageManager)
  const asked = [...long, ...named.map(([, , script = '']) => script)].filter((script) => script !== 'install')
  expect(asked.filter((script) => !Object.hasOwn(scripts, script))).toEqual([])
})

it('the README’s own test command runs on every Node.js that is promised, and on three systems', () => {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const { strategy, steps } = parse(text('test.yml')).jobs.test
  expect(`>=${strategy.matrix.node[0]}`).toBe(engines.node)
  expect(strategy.matrix.system).toHaveLength(3)
  expect(steps.at(-1)).toEqual({ run: 'npm test' })
})
