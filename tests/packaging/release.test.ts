import { execFile } from 'node:child_process'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { manifestIn, PACKAGES } from './packed.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const place = mkdtempSync(join(tmpdir(), 'holdfast-release-'))
const copy = join(place, 'copy')
const WHO = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' }

/** A copy of what is committed here, with the tools that are installed here. */
beforeAll(async () => {
  await run('git', ['clone', '--quiet', '--shared', root, copy])
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  appendFileSync(join(copy, '.git/info/exclude'), 'node_modules\n')
})
afterAll(() => rmSync(place, { recursive: true, force: true }), 60_000)

async function release(...words: readonly string[]): Promise<string> {
  const env = { ...process.env, ...WHO }
  const { stdout } = await run('node', ['scripts/release.mjs', ...words], { cwd: copy, env })
  return stdout
}

const git = async (...words: readonly string[]): Promise<string> =>
  (await run('git', words, { cwd: copy })).stdout.trim()

it('`pnpm release --dry-run` says what it would run, and changes nothing', async () => {
  const said = await release('--dry-run')
  expect(said).toContain('would run: pnpm exec changeset version\n')
  expect(said).toContain('would run: git tag --annotate vX.Y.Z')
  expect(await git('status', '--porcelain')).toBe('')
  expect(await git('tag', '--list', 'v*')).toBe('')
})

it('`pnpm release publish` publishes every package with provenance, and only where it is meant and the address is right', async () => {
  await expect(release('publish')).rejects.toMatchObject({ stderr: expect.stringContaining('Say --yes') })
  await expect(release('publish', '--yes', '--dry-run')).rejects.toMatchObject({
    stderr: expect.stringContaining('pnpm release repository URL'),
  })
  await git('remote', 'set-url', 'origin', 'git@git.example:me/mine.git')
  await release('repository', 'https://git.example/me/mine')
  const named = await git('grep', '-l', 'https://git.example/me/mine/blob')
  expect(named.split('\n')).toContain('packages/contract/src/words/codes.ts')
  // git ends with 1 where it finds nothing.
  await expect(git('grep', '-l', 'github.com/holdfast-session[s]')).rejects.toMatchObject({ code: 1 })
  const lines = (await release('publish', '--yes', '--dry-run')).trim().split('\n').slice(1)
  await git('checkout', '--quiet', '.')
  expect(lines).toHaveLength(PACKAGES.length + 1)
  expect(lines.at(-1)).toContain('/create-holdfast-')
  for (const line of lines) expect(line).toMatch(/^would run: npm publish \S+\.tgz --provenance --access public$/)
})

it('`pnpm release` gives every package the next version, a changelog and the repository a tag', async () => {
  const first = manifestIn(join(root, 'packages/core')).version
  await release()
  const { version } = manifestIn(join(copy, 'packages/core'))
  expect(version).not.toBe(first)
  for (const name of PACKAGES) expect([name, manifestIn(join(copy, 'packages', name)).version]).toEqual([name, version])
  for (const other of ['scripts/start', 'apps/create']) {
    expect([other, manifestIn(join(copy, other)).version]).toEqual([other, version])
  }
  expect(readFileSync(join(copy, 'packages/core/CHANGELOG.md'), 'utf8')).toMatch(`# @holdfast/core\n\n## ${version}\n`)
  expect(readFileSync(join(copy, 'CHANGELOG.md'), 'utf8')).toMatch(`## Unreleased\n\n## ${version} (2`)
  expect(readdirSync(join(copy, '.changeset')).sort()).toEqual(['README.md', 'config.json'])
  expect(await git('describe', '--tags')).toBe(`v${version}`)
  expect(await git('status', '--porcelain')).toBe('')
})
