import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packInto } from './packed.ts'

const packages = join(import.meta.dirname, '../../packages')
const place = mkdtempSync(join(tmpdir(), 'holdfast-packed-'))

beforeAll(() => packInto(place))
afterAll(() => rmSync(place, { recursive: true, force: true }))

/** What publint says of a package where it is not content. */
async function complaints(name: string, version: string): Promise<readonly string[]> {
  const tarball = new Uint8Array(readFileSync(join(place, `holdfast-${name}-${version}.tgz`))).buffer
  const { messages, pkg } = await publint({ strict: true, pack: { tarball } })
  return messages.filter(({ type }) => type !== 'suggestion').map((message) => formatMessage(message, pkg) ?? '')
}

describe.each(readdirSync(packages))('@holdfast/%s', (name) => {
  const manifest: { version: string; peerDependencies?: Record<string, string> } = JSON.parse(
    readFileSync(join(packages, name, 'package.json'), 'utf8'),
  )

  it('is packed as publint wants it', async () => {
    expect(await complaints(name, manifest.version)).toEqual([])
  })

  it('asks for peers of ours in a range that its next version stays in', () => {
    // A range that the next release leaves (`^0.1.0`) would make every release a major one.
    for (const [peer, range] of Object.entries(manifest.peerDependencies ?? {})) {
      if (peer.startsWith('@holdfast/')) expect([peer, range]).toEqual([peer, '0.x'])
    }
  })
})
