import { decodeKey, decodeSs3 } from './decode-key.ts'
import type { InputToken } from './input-token.ts'
import { keyOfByte, MODIFIER } from './key.ts'
import type { MouseEncoding } from './screen-modes.ts'
import { latin1 } from './token.ts'

const ESC = 0x1b
const BEL = 0x07
const BACKSLASH = 0x5c
/** The longest sequence a keyboard or mouse sends, with room. */
const MAX_SEQUENCE_BYTES = 256
/** An answer may hold a name, a colour, a clipboard; what is longer is no answer. */
const MAX_ANSWER_BYTES = 131_072
const PASTE_START = '200'
const PASTE_END = '201'
/** Reports of state and answers: attributes, status, modes, settings of the terminal, window, colour scheme. */
const ANSWER_FINALS = 'cnRtxy'
/** P, X, ], ^, _ after ESC open a string; typed, they are Alt with that character. */
const STRING_OPENERS: ReadonlySet<number> = new Set([0x50, 0x58, 0x5d, 0x5e, 0x5f])

/** What stands at the head of the input. `more`: it is not complete. */
export type Reading = { readonly token: InputToken; readonly startsPaste?: boolean } | 'more'

/** Reads the token at the head of `bytes`, which holds at least one byte. */
export function readInput(bytes: Uint8Array, mouse: MouseEncoding): Reading {
  const byte = bytes[0] ?? 0
  if (byte === ESC) return readEscape(bytes, mouse)
  if (isControl(byte)) return key(bytes, 1, byte)
  let end = 1
  while (end < bytes.length && !isControl(bytes[end] ?? 0)) end += 1
  return { token: { kind: 'text', bytes: bytes.subarray(0, end) } }
}

/** No more comes: the token at the head of `bytes`, as far as it goes. */
export function readIncomplete(bytes: Uint8Array): InputToken {
  const [first = 0, second = 0] = bytes
  if (bytes.length === 1) return { kind: 'key', bytes, key: keyOfByte(first) }
  if (bytes.length === 2) return { kind: 'key', bytes, key: keyOfByte(second, MODIFIER.alt) }
  return { kind: 'unknown', bytes }
}

function isControl(byte: number): boolean {
  return byte < 0x20 || byte === 0x7f
}

function key(bytes: Uint8Array, length: number, character: number, modifiers = 0): Reading {
  return { token: { kind: 'key', bytes: bytes.subarray(0, length), key: keyOfByte(character, modifiers) } }
}

function readEscape(bytes: Uint8Array, mouse: MouseEncoding): Reading {
  const next = bytes[1]
  if (next === undefined) return 'more'
  if (next === 0x5b) return readCsi(bytes, mouse)
  if (next === 0x4f) return readSs3(bytes)
  if (STRING_OPENERS.has(next)) return readString(bytes)
  // ESC twice: a key each, or Alt with what the second one begins.
  if (next === ESC) return key(bytes, 1, ESC)
  return next < 0x80 ? key(bytes, 2, next, MODIFIER.alt) : key(bytes, 1, ESC)
}

function readSs3(bytes: Uint8Array): Reading {
  let end = 2
  while (isBetween(bytes[end], 0x30, 0x3b)) end += 1
  const final = bytes[end]
  if (final === undefined) return end > 8 ? unknown(bytes, end) : 'more'
  if (!isBetween(final, 0x20, 0x7e)) return key(bytes, 2, 0x4f, MODIFIER.alt)
  const token = bytes.subarray(0, end + 1)
  return { token: { kind: 'key', bytes: token, key: decodeSs3(String.fromCharCode(final)) } }
}

function readString(bytes: Uint8Array): Reading {
  const alone = (): Reading => key(bytes, 2, bytes[1] ?? 0, MODIFIER.alt)
  for (let at = 2; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte === BEL && bytes[1] === 0x5d) return answer(bytes, at + 1)
    if (byte === ESC && at + 1 >= bytes.length) return 'more'
    if (byte === ESC && bytes[at + 1] === BACKSLASH) return answer(bytes, at + 2)
    // No answer holds a control character: it was a key, and what follows are others.
    if (isControl(byte) || at > MAX_ANSWER_BYTES) return alone()
  }
  return 'more'
}

function readCsi(bytes: Uint8Array, mouse: MouseEncoding): Reading {
  let end = 2
  while (isBetween(bytes[end], 0x20, 0x3f)) end += 1
  const final = bytes[end]
  if (final === undefined) return end > MAX_SEQUENCE_BYTES ? unknown(bytes, end) : 'more'
  if (!isBetween(final, 0x40, 0x7e)) return unknown(bytes, end)
  const body = latin1(bytes.subarray(2, end))
  const letter = String.fromCharCode(final)
  if (letter === 'M' && body === '' && mouse !== 'none') return readOldMouse(bytes, mouse)
  // The function keys of a Linux console: CSI [ A.
  if (letter === '[' && body === '') return bytes.length < 4 ? 'more' : named(bytes.subarray(0, 4))
  return csiToken(bytes.subarray(0, end + 1), body, letter)
}

function csiToken(bytes: Uint8Array, body: string, final: string): Reading {
  if (final === '~' && body === PASTE_START) return { token: { kind: 'paste', bytes }, startsPaste: true }
  if (final === '~' && body === PASTE_END) return { token: { kind: 'paste', bytes } }
  if (/^<[\d;]*$/.test(body) && (final === 'M' || final === 'm')) return { token: { kind: 'mouse', bytes } }
  if (/^\d+;\d+;\d+$/.test(body) && final === 'M') return { token: { kind: 'mouse', bytes } }
  if ((final === 'I' || final === 'O') && body === '') {
    return { token: { kind: 'focus', bytes, hasFocus: final === 'I' } }
  }
  if (isAnswer(body, final)) return { token: { kind: 'answer', bytes } }
  const decoded = decodeKey(body, final)
  return { token: decoded === undefined ? { kind: 'unknown', bytes } : { kind: 'key', bytes, key: decoded } }
}

/** `CSI 1 ; 5 R` is F3 with Ctrl, and a cursor that is in the first line: row 1 alone stays a key. */
function isAnswer(body: string, final: string): boolean {
  if (/^[?>=]/.test(body)) return true
  if (/\$$/.test(body)) return final === 'y'
  if (final === 'R') return /^\d+;\d+$/.test(body) && !/^1;[2-9]$/.test(body)
  return ANSWER_FINALS.includes(final) && body !== ''
}

/** Three bytes, or three characters with mode 1005, whatever their values. */
function readOldMouse(bytes: Uint8Array, mouse: MouseEncoding): Reading {
  let end = 3
  for (let left = 3; left > 0; left -= 1) end += mouse === 'utf8' && isBetween(bytes[end], 0xc2, 0xdf) ? 2 : 1
  return bytes.length < end ? 'more' : { token: { kind: 'mouse', bytes: bytes.subarray(0, end) } }
}

function named(bytes: Uint8Array): Reading {
  return { token: { kind: 'key', bytes, key: { characters: [], name: 'other', modifiers: 0, event: 'press' } } }
}

function unknown(bytes: Uint8Array, length: number): Reading {
  return { token: { kind: 'unknown', bytes: bytes.subarray(0, length) } }
}

function answer(bytes: Uint8Array, length: number): Reading {
  return { token: { kind: 'answer', bytes: bytes.subarray(0, length) } }
}

function isBetween(byte: number | undefined, low: number, high: number): boolean {
  return byte !== undefined && byte >= low && byte <= high
}
