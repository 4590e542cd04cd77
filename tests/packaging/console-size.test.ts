import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'

const folder = join(import.meta.dirname, '../../apps/console/dist')
const sizeOf = (file: string): number => gzipSync(readFileSync(join(folder, file)), { level: 9 }).length

/** What a browser fetches before it draws: the page, and what the page names. */
function firstLoad(): readonly string[] {
  const page = readFileSync(join(folder, 'index.html'), 'utf8')
  const named = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].flatMap(([, file]) => file ?? [])
  return ['index.html', ...named]
}

/** What the page can come to load: a build that came from a cache may leave files of the one before beside its own. */
function chunks(): readonly string[] {
  const found = firstLoad().flatMap((file) => (file.endsWith('.js') ? basename(file) : []))
  for (const file of found) {
    const text = readFileSync(join(folder, 'assets', file), 'utf8')
    const named = [...text.matchAll(/[\w-]+\.js\b/g)].map(([name]) => name)
    found.push(...named.filter((name) => !found.includes(name) && existsSync(join(folder, 'assets', name))))
  }
  return [...new Set(found)]
}

it('the console draws its first picture with at most 90 kB, gzipped, and no code of terminals or of Markdown', () => {
  const files = firstLoad()
  expect(files.filter((file) => file.endsWith('.js')).length).toBeGreaterThan(0)
  expect(files.join(' ')).not.toMatch(/terminal-|rich-|shells-|health-/)
  // The account of an outage knows the answers between two events, and calls none of them lost: about 100 bytes.
  expect(files.reduce((sum, file) => sum + sizeOf(file), 0)).toBeLessThanOrEqual(90_300)
})

it('the console loads later no more than it does today', () => {
  const built = chunks()
  const chunk = (name: string): number => {
    const files = built.filter((file) => file.startsWith(name))
    expect(files.length).toBeGreaterThan(0)
    return files.reduce((sum, file) => sum + sizeOf(join('assets', file)), 0)
  }
  expect(chunk('rich-')).toBeLessThanOrEqual(20_500)
  // A kB of it is what is told and asked: why a shell was refused, that a gateway is full (200 bytes), that one is missing, who gets the keyboard, names, and
  // whether a recording is to go; the rest is the shell client, which asks anew for a picture that was cut in two.
  // Input of one turn leaves together, and text is decoded when it is asked for (about 400), as in the row of the shell client.
  expect(chunk('shells')).toBeLessThanOrEqual(24_060)
  // Of which 200 bytes are a guard: xterm.js 6.0.0 throws where a program erases up to the last column of the last line;
  // and 40 that bytes which are no text begin no sequence.
  expect(chunk('terminal-')).toBeLessThanOrEqual(122_240)
})
