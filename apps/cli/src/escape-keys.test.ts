import { expect, it } from 'vitest'
import { DEFAULT_PREFIX, EscapeKeys, prefixByte } from './escape-keys.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Input as text, actions in angle brackets. */
function read(keys: EscapeKeys, ...chunks: readonly string[]): string {
  return chunks
    .flatMap((chunk) => keys.read(bytes(chunk)))
    .map((event) => (event.kind === 'input' ? new TextDecoder().decode(event.bytes) : `<${event.action}>`))
    .join('')
}

const fresh = (): EscapeKeys => new EscapeKeys(prefixByte(DEFAULT_PREFIX))

it('passes on everything that has no prefix in it', () => {
  expect(read(fresh(), 'ls -la\r', 'dk?')).toBe('ls -la\rdk?')
})

it.each([
  ['\x1dd', '<detach>'],
  ['\x1dk', '<kill>'],
  ['\x1d?', '<help>'],
  ['a\x1ddb', 'a<detach>b'],
  ['\x1d\x1d', '\x1d'],
  ['\x1d\x1dd', '\x1dd'],
  ['\x1dx', '\x1dx'],
  ['\x1d?\x1d?', '<help><help>'],
])('reads %j as %j, in one chunk or one key at a time', (typed, expected) => {
  expect(read(fresh(), typed)).toBe(expected)
  expect(read(fresh(), ...typed)).toBe(expected)
})

it('keeps a prefix at the end until the next key comes', () => {
  const keys = fresh()
  expect(read(keys, 'a\x1d')).toBe('a')
  expect(read(keys, 'b')).toBe('\x1db')
})

it.each([
  ['ctrl-]', 0x1d],
  ['ctrl-a', 1],
  ['CTRL-A', 1],
  ['^P', 16],
])('takes %s for the key', (name, byte) => {
  expect(prefixByte(name)).toBe(byte)
})

it.each(['a', 'ctrl-1', 'ctrl-ab', ''])('refuses %j', (name) => {
  expect(() => prefixByte(name)).toThrow('--detach-keys')
})
