import { ScreenModes } from '@holdfast/terminal'
import { expect, it, vi } from 'vitest'
import { TypedInput } from './typed-input.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** What was typed as text, what was asked in angle brackets. */
function reader(key = 'ctrl-]'): { input: TypedInput; said: () => string } {
  let said = ''
  const input = new TypedInput(key, new ScreenModes(), {
    input: (typed) => {
      said += new TextDecoder().decode(typed)
    },
    action: (action) => {
      said += `<${action}>`
    },
  })
  return { input, said: () => said }
}

it('typed input passes an Escape on when nothing follows it, and a key that came in two reads is one', async () => {
  const { input, said } = reader()
  input.read(bytes('\x1b'))
  expect(said()).toBe('')
  await vi.waitFor(() => expect(said()).toBe('\x1b'))
  input.read(bytes('\x1b[93'))
  input.read(bytes(';5ud'))
  expect(said()).toBe('\x1b<detach>')
})

it('typed input knows a key and a paste again that were torn for long', async () => {
  vi.useFakeTimers()
  const { input, said } = reader()
  for (const piece of ['\x1b[200', '~a\x1dky\x1b[201~', '\x1b', '[93;5u', 'd']) {
    input.read(bytes(piece))
    vi.advanceTimersByTime(2_000)
  }
  vi.useRealTimers()
  expect(said()).toBe('\x1b[200~a\x1dky\x1b[201~\x1b<detach>')
})

it.each(['a', 'ctrl-1', 'ctrl-ab', ''])('typed input refuses %j as a detach key', (name) => {
  expect(() => reader(name)).toThrow('--detach-keys: Expected ctrl-')
})
