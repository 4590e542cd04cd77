import { expect, it } from 'vitest'
import { diffText } from './diff-text.ts'

it('a diff is what changed with three lines around it, at its position', () => {
  const before = Array.from({ length: 12 }, (_, at) => `line ${at + 1}`).join('\n')
  const after = before.replace('line 6', 'other\nand more')
  expect(diffText('a.txt', `${before}\n`, `${after}\n`)).toBe(
    ['--- a.txt', '+++ a.txt', '@@ -3,7 +3,8 @@', ' line 3', ' line 4', ' line 5', '-line 6', '+other', '+and more']
      .concat(' line 7', ' line 8', ' line 9')
      .join('\n'),
  )
})

it('a diff of a new file is all of it, and that of an emptied file only the removed lines', () => {
  expect(diffText('a', undefined, 'one\ntwo\n')).toBe('--- /dev/null\n+++ a\n@@ -0,0 +1,2 @@\n+one\n+two')
  expect(diffText('a', 'one\n', '')).toBe('--- a\n+++ a\n@@ -1,1 +0,0 @@\n-one')
})

it('a diff finds the end of repeated lines', () => {
  expect(diffText('a', 'x\nx\n', 'x\nx\nx\n')).toBe('--- a\n+++ a\n@@ -1,2 +1,3 @@\n x\n x\n+x')
})
