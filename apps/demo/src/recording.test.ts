import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { svgOf } from './recording.ts'

const root = join(import.meta.dirname, '../../..')

it('the player of recordings shows each line of a recording from when it was printed, and all of them at its end', () => {
  const lines = [
    { atMs: 1_000, text: 'one <two> & three' },
    { atMs: 4_000, text: 'the end' },
  ]
  const svg = svgOf(lines, { command: 'program', speed: 2 })
  expect(svg).toContain('>$ program</text>')
  expect(svg).toContain('>one &lt;two&gt; &amp; three</text>')
  // Half a second of ten, and two.
  expect(svg).toContain('@keyframes r1{0%,5.00%{opacity:0}5.01%,100%{opacity:1}}')
  expect(svg).toContain('@keyframes r2{0%,20.00%{opacity:0}20.01%,100%{opacity:1}}')
})

it('the recording in the README is of a run in which nothing was lost, stands alone and is small', () => {
  const svg = readFileSync(join(root, 'docs/demo.svg'), 'utf8')
  expect(svg).toMatch(/12 troubles in [\d.]+ s: nothing was lost or doubled\./)
  expect(svg).not.toMatch(/<script|foreignObject|https?:(?!\/\/www\.w3\.org\/2000\/svg)|@import|url\(/)
  expect(svg.length).toBeLessThan(40_000)
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('(docs/demo.svg)')
})
