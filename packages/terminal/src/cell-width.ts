/** Characters whose width every terminal agrees on: letters of alphabets, one cell; ideographs and syllables, two. */
const NARROW: readonly (readonly [number, number])[] = [
  [0x20, 0x7e],
  [0xa1, 0xac],
  [0xae, 0x2ff],
  [0x370, 0x377],
  [0x37a, 0x482],
  [0x48a, 0x58f],
  [0x1e00, 0x1fff],
]
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x3041, 0x3096],
  [0x30a1, 0x30fa],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xac00, 0xd7a3],
  [0xff01, 0xff60],
]

/** How many cells a character takes; undefined where terminals differ, or where it joins another. */
export function cellWidth(codePoint: number): 1 | 2 | undefined {
  if (isIn(NARROW, codePoint)) return 1
  return isIn(WIDE, codePoint) ? 2 : undefined
}

function isIn(ranges: readonly (readonly [number, number])[], codePoint: number): boolean {
  return ranges.some(([from, to]) => codePoint >= from && codePoint <= to)
}
