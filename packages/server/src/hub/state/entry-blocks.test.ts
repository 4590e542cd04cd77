import { expect, it } from 'vitest'
import { EntryBlocks } from './entry-blocks.ts'

const text = (n: number): string => `{"n":${n}}`
const numbers = (page: string): number[] => JSON.parse(`[${page}]`).map(({ n }: { n: number }) => n)

function filled(count: number, maxBytes = 1_000_000): EntryBlocks {
  const blocks = new EntryBlocks(maxBytes)
  // Not every event makes an entry.
  for (let n = 1; n <= count; n++) blocks.add(text(n * 2), n * 2)
  return blocks
}

/** All pages, the oldest first. */
function pages(blocks: EntryBlocks, chars: number): number[] {
  let page = blocks.newest(chars)
  const all = numbers(page.text)
  while (page.earlier !== undefined) {
    const earlier = blocks.before(page.earlier, chars)
    if (earlier === undefined) return all
    page = earlier
    all.unshift(...numbers(page.text))
  }
  return all
}

it.each([1, 255, 256, 257, 5_000])('the list of entries gives %i entries page by page, each once', (count) => {
  const expected = Array.from({ length: count }, (_, at) => 2 * (at + 1))
  const blocks = filled(count)
  expect(pages(blocks, 2_000)).toEqual(expected)
  expect(numbers(blocks.newest().text)).toEqual(expected)
  const again = new EntryBlocks(1_000_000)
  again.restore(blocks.toJSON())
  expect(pages(again, 2_000)).toEqual(expected)
})

it('pages of entries that were sent hold while more is added', () => {
  const blocks = filled(300)
  const { earlier = 0 } = blocks.newest(10)
  for (let n = 301; n <= 1_000; n++) blocks.add(text(n * 2), n * 2)
  expect(numbers(blocks.before(earlier, 1_000_000)?.text ?? '').at(-1)).toBe(earlier - 2)
})

it('the list of entries says that there are earlier ones where it has let go of them', () => {
  const blocks = filled(5_000, 10_000)
  const { text: newest, earlier = 0 } = blocks.newest()
  expect(numbers(newest)[0]).toBe(earlier)
  expect(blocks.before(earlier, 10)).toBeUndefined()
})

it('the list of entries knows no earlier ones from a snapshot without the beginnings of its blocks', () => {
  const blocks = new EntryBlocks(1_000)
  blocks.restore({ blocks: [text(1), text(2)], dropped: true })
  expect(blocks.newest(5)).toEqual({ text: text(2), earlier: undefined })
})

it('the list of entries is bounded in bytes, whatever its characters', () => {
  const blocks = new EntryBlocks(100_000)
  for (let n = 1; n <= 1_000; n++) blocks.add(JSON.stringify({ n, content: '漢'.repeat(300) }), n)
  const { text, earlier } = blocks.newest()
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(100_000)
  expect(Buffer.byteLength(text)).toBeGreaterThan(80_000)
  expect(blocks.bytes).toBeLessThanOrEqual(100_000)
  expect(numbers(text)[0]).toBe(earlier)
})
