import { expect, it } from 'vitest'
import { isExact, row, table } from './report.ts'

const good = row('good', 3, { received: 3, doubled: 0 })

it('the demo’s report is exact only when everything came once', () => {
  expect(isExact([good])).toBe(true)
  expect(isExact([good, row('lossy', 3, { received: 2, doubled: 0 })])).toBe(false)
  expect(isExact([good, row('doubling', 3, { received: 3, doubled: 1 })])).toBe(false)
})

it('the demo’s report is not exact when nothing was sent', () => {
  expect(isExact([])).toBe(false)
  expect(isExact([row('silent', 0, { received: 0, doubled: 0 })])).toBe(false)
})

it('the demo’s report writes a line for every row', () => {
  expect(table([good])[1]).toMatch(/^good +3 +3 +0 +0$/)
})
