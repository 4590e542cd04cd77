import fc from 'fast-check'
import type { InputToken, Token } from '../src/index.ts'

export const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1')
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** Sequences and halves of them, in both forms, between text: what terminals are sent. */
export const output: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'a',
        'plain text',
        '\r\n',
        '\x07',
        '\x05',
        '\x1b',
        '\x1b[',
        '\x1b[?1049h',
        '\x1b[?2004;1004h',
        '\x1b[6n',
        '\x9b6n',
        '\xc2\x9b6n',
        '\xc2',
        '\xc3\xa9',
        '\xe6\xbc\xa2',
        '\xf0\x9f\x9b\x9b',
        '\x9d52;c;QQ==\x9c',
        '\x1b]52;c;QQ==\x07',
        '\x1b]0;t\xc3\xa9\x1b\\',
        '\x1b]8;;http://x/\x1b',
        '\x1bP$qm\x1b\\',
        '\x1bP1q#0\x1b\\',
        '\x1b_Ga=q;AAAA\x1b\\',
        '\x1b(0',
        '\x1b[1\n;2H',
        '\x18',
        '\x9c',
        '\x1b[>1u',
        '\x1b[<u',
        '\x7f',
      ),
      fc.uint8Array({ maxLength: 4 }).map(textOf),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => bytesOf(pieces.join('')))

/** Where to cut. */
export const cuts: fc.Arbitrary<readonly number[]> = fc.array(fc.integer({ min: 1, max: 7 }), {
  minLength: 1,
  maxLength: 6,
})

/** `bytes` in pieces of these sizes, over and over. */
export function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    pieces.push(bytes.slice(at, at + size))
    at += size
  }
  return pieces
}

/** Tokens in a form that can be compared: neighbouring text is one. */
export function plain<One extends Token | InputToken>(tokens: readonly One[]): unknown[] {
  const result: { kind: string; text: string }[] = []
  for (const token of tokens) {
    const last = result.at(-1)
    const { bytes, ...rest } = token
    const isRun = token.kind === 'text' || token.kind === 'paste'
    if (isRun && last?.kind === token.kind) last.text += textOf(bytes)
    else result.push({ ...rest, text: textOf(bytes) })
  }
  return result
}
