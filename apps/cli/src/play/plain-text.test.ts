import { expect, it } from 'vitest'
import { PlainText } from './plain-text.ts'

it.each([
  ['colours and titles', '\u001B]0;title\u0007\u001B[31mred\u001B[0m\r\nnext\r\n', 'red\nnext\n'],
  ['a progress bar is its last state', '10%\r50%\r100%\r\n', '100%\n'],
  ['what was typed and taken back', 'lss\b \b\r\n', 'ls\n'],
  ['tabs and characters of several bytes', 'größe\t中\r\n', 'größe\t中\n'],
  ['a last line without an end', 'a\r\nb', 'a\nb\n'],
])('plain text of a recording: %s', (_name, output, text) => {
  for (const size of [1, 3, 1_000]) {
    const plain = new PlainText()
    const bytes = Buffer.from(output)
    let read = ''
    for (let at = 0; at < bytes.length; at += size) read += plain.push(bytes.subarray(at, at + size))
    expect(read + plain.rest()).toBe(text)
  }
})
