/** Modifier bits of kitty's keyboard protocol, without the locks. */
export const MODIFIER = { shift: 1, alt: 2, ctrl: 4, super: 8, hyper: 16, meta: 32 } as const

const LOCKS = 64 | 128

/** Keys that hold no character. */
export type NamedKey =
  | 'ArrowUp'
  | 'ArrowDown'
  | 'ArrowRight'
  | 'ArrowLeft'
  | 'Home'
  | 'End'
  | 'Insert'
  | 'Delete'
  | 'PageUp'
  | 'PageDown'
  | 'modifier'
  | 'other'

/** A key as a terminal reports it, whatever the protocol. */
export interface Key {
  /** The characters it may stand for: as it is, with shift, in the basic layout. Empty for named keys. */
  readonly characters: readonly number[]
  readonly name?: NamedKey | undefined
  /** Bits of `MODIFIER`. */
  readonly modifiers: number
  readonly event: 'press' | 'repeat' | 'release'
}

/** A key that came as the byte it always came as. */
export function keyOfByte(byte: number, modifiers = 0): Key {
  return { characters: [byte], modifiers, event: 'press' }
}

/** The C0 byte that a key sends without any protocol; undefined where it sends none. */
export function controlByte(key: Key): number | undefined {
  for (const character of key.characters) {
    if (character < 0x20 || character === 0x7f) {
      if ((key.modifiers & ~MODIFIER.shift & ~MODIFIER.ctrl) === 0) return character
      continue
    }
    const isControlled = (key.modifiers & MODIFIER.ctrl) !== 0 && (key.modifiers & ~5) === 0
    const byte = isControlled ? CONTROLLED.get(character) : undefined
    if (byte !== undefined) return byte
  }
  return undefined
}

/** What Ctrl makes of a character, on terminals of old: letters and `@[\]^_`, and the digits that stand for them. */
const CONTROLLED: ReadonlyMap<number, number> = new Map([
  ...Array.from({ length: 26 }, (_, at): [number, number] => [0x61 + at, at + 1]),
  ...Array.from({ length: 32 }, (_, at): [number, number] => [0x40 + at, at]),
  [0x20, 0x00],
  [0x32, 0x00],
  [0x33, 0x1b],
  [0x34, 0x1c],
  [0x35, 0x1d],
  [0x36, 0x1e],
  [0x37, 0x1f],
  [0x2f, 0x1f],
  [0x38, 0x7f],
  [0x3f, 0x7f],
])

/** The printable ASCII character that a key types; undefined for all others. */
export function typedCharacter(key: Key): string | undefined {
  if ((key.modifiers & ~MODIFIER.shift) !== 0) return undefined
  const shifted = (key.modifiers & MODIFIER.shift) !== 0 ? key.characters[1] : undefined
  const code = shifted ?? key.characters.find((character) => character >= 0x20 && character < 0x7f)
  return code !== undefined && code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : undefined
}

/** Modifiers as they are on the wire, `1 + bits`, without caps lock and num lock. */
export function modifiersOf(parameter: number | undefined): number {
  return Math.max((parameter ?? 1) - 1, 0) & ~LOCKS
}
