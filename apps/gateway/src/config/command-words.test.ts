import { expect, it } from 'vitest'
import { commandWords } from './command-words.ts'

it.each([
  ['', []],
  ['  ', []],
  ['bash -l', ['bash', '-l']],
  [' ssh  web --\t', ['ssh', 'web', '--']],
  ['sh -c \'echo "a b"\'', ['sh', '-c', 'echo "a b"']],
  ['x "a \\"b\\" \\n"', ['x', 'a "b" \\n']],
  ["/opt/my\\ shell ''", ['/opt/my shell', '']],
  ["a'b c'd", ['ab cd']],
  ['echo $HOME *', ['echo', '$HOME', '*']],
])('a command line %j is split into %j', (text, words) => {
  expect(commandWords(text)).toEqual(words)
})

it.each(["a 'b", 'a "b', 'a \\'])('a command line %j has an open quote', (text) => {
  expect(commandWords(text)).toBeUndefined()
})
