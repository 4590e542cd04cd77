import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData, Package, type Problem } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifestIn, PACKAGES, packInto } from './packed.ts'

const root = join(import.meta.dirname, '../..')
const place = mkdtempSync(join(tmpdir(), 'holdfast-packed-'))
const { repository }: { readonly repository: { readonly url: string } } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
)
/** `https://host/owner/name` */
const address = repository.url.replace(/^git\+|\.git$/g, '')

beforeAll(() => packInto(place), 300_000)
afterAll(() => rmSync(place, { recursive: true, force: true }))

function tarballOf(name: string, version: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(place, `holdfast-${name}-${version}.tgz`)))
}

/** What publint says of a package where it is not content. */
async function complaints(tarball: ArrayBuffer): Promise<readonly string[]> {
  const { messages, pkg } = await publint({ strict: true, pack: { tarball } })
  return messages.filter(({ type }) => type !== 'suggestion').map((message) => formatMessage(message, pkg) ?? '')
}

/**
 * What is wrong with the types of a package of ES modules. That TypeScript's oldest resolution finds no entries, and that `require`
 * gets an ES module, is what the README says of them.
 */
async function typeProblems(pack: Package): Promise<readonly Problem[]> {
  const analysis = await checkPackage(pack)
  if (analysis.types === false) throw new Error('the package has no types')
  return analysis.problems.filter(
    (problem) =>
      problem.kind !== 'CJSResolvesToESM' && !(problem.kind === 'NoResolution' && problem.resolutionKind === 'node10'),
  )
}

describe.each(PACKAGES)('@holdfast/%s', (name) => {
  const manifest = manifestIn(join(root, 'packages', name))

  it('is packed as publint wants it', async () => {
    expect(await complaints(tarballOf(name, manifest.version).buffer)).toEqual([])
  })

  it('has types that resolve, in every way in which they are looked for', async () => {
    expect(await typeProblems(createPackageFromTarballData(tarballOf(name, manifest.version)))).toEqual([])
  })

  it('says what it is, what one would search for, and where it is from', () => {
    expect(manifest).toMatchObject({
      name: `@holdfast/${name}`,
      description: expect.stringMatching(/^[A-Z].{20,}[^.]$/),
      license: 'MIT',
      repository: { type: 'git', url: repository.url, directory: `packages/${name}` },
      homepage: `${address}/tree/main/packages/${name}`,
      bugs: `${address}/issues`,
    })
    const { keywords = [] } = manifest
    expect(keywords.length).toBeGreaterThanOrEqual(4)
    expect(keywords).toEqual([...new Set(keywords)])
  })

  it('asks for peers of ours in a range that its next version stays in', () => {
    // A range that the next release leaves (`^0.1.0`) would make every release a major one.
    for (const [peer, range] of Object.entries(manifest.peerDependencies ?? {})) {
      if (peer.startsWith('@holdfast/')) expect([peer, range]).toEqual([peer, '0.x'])
    }
  })
})

it('types that are not there are found', async () => {
  const whole = createPackageFromTarballData(tarballOf('contract', manifestIn(join(root, 'packages/contract')).version))
  const left = whole.listFiles().filter((file) => !file.endsWith('/dist/shape.d.ts'))
  const files = Object.fromEntries(left.map((file) => [file, whole.readFile(file)]))
  const problems = await typeProblems(new Package(files, whole.packageName, whole.packageVersion))
  expect(problems.map(({ kind }) => kind)).toContain('UntypedResolution')
})
