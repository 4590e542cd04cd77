import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const packages = readdirSync(join(root, 'packages'))

/** What publint says of a package where it is not content. */
async function complaint(name: string): Promise<string> {
  try {
    await run(join(root, 'node_modules/.bin/publint'), ['--strict'], { cwd: join(root, 'packages', name) })
    return ''
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    return `${stdout ?? ''}${stderr ?? String(error)}`
  }
}

describe.each(packages)('@holdfast/%s', (name) => {
  it('is packed as publint wants it', async () => {
    expect(await complaint(name)).toBe('')
  })

  it('asks for peers of ours in a range that its next version stays in', () => {
    const manifest: { peerDependencies?: Record<string, string> } = JSON.parse(
      readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'),
    )
    // A range that the next release leaves (`^0.1.0`) would make every release a major one.
    for (const [peer, range] of Object.entries(manifest.peerDependencies ?? {})) {
      if (peer.startsWith('@holdfast/')) expect([peer, range]).toEqual([peer, '0.x'])
    }
  })
})
