import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

interface Made {
  madeBefore(root: string): { readonly install: string; readonly build: string }
  recordMade(root: string): void
}

const REPOSITORY = join(import.meta.dirname, '../..')
const { madeBefore, recordMade }: Made = await import(join(REPOSITORY, 'scripts/start/made.mjs'))

describe('what `npm start` made before', () => {
  let root: string
  const source = (): string => join(root, 'packages/some/src/some.ts')
  const record = (): string => join(root, 'build/made.json')

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'holdfast-made-'))
    onTestFinished(() => rmSync(root, { recursive: true, force: true }))
    for (const folder of ['apps', 'packages/some/src', 'scripts', 'build/node_modules/ws', 'build/dist/console']) {
      mkdirSync(join(root, folder), { recursive: true })
    }
    cpSync(join(REPOSITORY, 'scripts/start'), join(root, 'scripts/start'), { recursive: true })
    writeFileSync(join(root, 'build/dist/console/index.html'), '')
    writeFileSync(source(), 'one')
    recordMade(root)
  })

  it('is not made again, nor are sources read whose times and sizes are as they were', () => {
    const { times, install }: Record<string, string> = JSON.parse(readFileSync(record(), 'utf8'))
    // Whoever reads the sources finds another digest.
    writeFileSync(record(), JSON.stringify({ times, install, build: 'another' }))
    expect(madeBefore(root)).toEqual({ install: 'done', build: 'done' })
  })

  it('is not made again where a source was only touched, which is remembered', () => {
    const before = readFileSync(record(), 'utf8')
    utimesSync(source(), 1, 1)
    expect(madeBefore(root)).toEqual({ install: 'done', build: 'done' })
    expect(readFileSync(record(), 'utf8')).not.toBe(before)
  })

  it('is built again after a change, also one that leaves size and time as they were', () => {
    utimesSync(source(), 1, 1)
    recordMade(root)
    writeFileSync(source(), 'two')
    utimesSync(source(), 1, 1)
    expect(madeBefore(root)).toEqual({ install: 'done', build: 'needed' })
  })

  it('is built again where a source came or went', () => {
    writeFileSync(join(root, 'packages/some/src/other.ts'), '')
    expect(madeBefore(root).build).toBe('needed')
    rmSync(join(root, 'packages/some/src/other.ts'))
    expect(madeBefore(root).build).toBe('done')
    rmSync(source())
    expect(madeBefore(root).build).toBe('needed')
  })

  it('is installed again where what it needs of others is another', () => {
    writeFileSync(join(root, 'scripts/start/package-lock.json'), '{}')
    expect(madeBefore(root)).toEqual({ install: 'needed', build: 'needed' })
  })
})
