import { expect, it } from 'vitest'
import { diffText } from './diff-text.ts'

it('is what changed with three lines around it, where it is', () => {
  const before = Array.from({ length: 12 }, (_, at) => `line ${at + 1}`).join('\n')
  const after = before.replace('line 6', 'other\nand more')
  expect(diffText('a.txt', `${before}\n`, `${after}\n`)).toBe(
    ['--- a.txt', '+++ a.txt', '@@ -3,7 +3,8 @@', ' line 3', ' line 4', ' line 5', '-line 6', '+other', '+and more']
      .concat(' line 7', ' line 8', ' line 9')
      .join('\n'),
  )
})

it('of a new file is all of it, and of an emptied one nothing but what went', () => {
  expect(diffText('a', undefined, 'one\ntwo\n')).toBe('--- /dev/null\n+++ a\n@@ -0,0 +1,2 @@\n+one\n+two')
  expect(diffText('a', 'one\n', '')).toBe('--- a\n+++ a\n@@ -1,1 +0,0 @@\n-one')
})

it('finds the end of repeated lines', () => {
  expect(diffText('a', 'x\nx\n', 'x\nx\nx\n')).toBe('--- a\n+++ a\n@@ -1,2 +1,3 @@\n x\n x\n+x')
})
