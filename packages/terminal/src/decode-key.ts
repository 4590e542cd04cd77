import { type Key, keyOfByte, MODIFIER, modifiersOf, type NamedKey } from './key.ts'

const NAMES: ReadonlyMap<string, NamedKey> = new Map([
  ['A', 'ArrowUp'],
  ['B', 'ArrowDown'],
  ['C', 'ArrowRight'],
  ['D', 'ArrowLeft'],
  ['H', 'Home'],
  ['F', 'End'],
  ['1~', 'Home'],
  ['2~', 'Insert'],
  ['3~', 'Delete'],
  ['4~', 'End'],
  ['5~', 'PageUp'],
  ['6~', 'PageDown'],
  ['7~', 'Home'],
  ['8~', 'End'],
])
const EVENTS = ['press', 'repeat', 'release'] as const
/** Keys that only modify, in kitty's numbers: locks 57358 … 57360, shift to meta 57441 … 57454. */
const isKittyModifier = (code: number): boolean =>
  (code >= 57_358 && code <= 57_360) || (code >= 57_441 && code <= 57_454)
/** Virtual keys that only modify: shift, control, alt, caps lock, the Windows keys, num and scroll lock, sides. */
const WINDOWS_MODIFIERS: ReadonlySet<number> = new Set([16, 17, 18, 20, 91, 92, 144, 145, 160, 161, 162, 163, 164, 165])
const WINDOWS_ALT = 0x01 | 0x02
const WINDOWS_CTRL = 0x04 | 0x08
const WINDOWS_SHIFT = 0x10

/** The numbers of a parameter and its sub-parameters. */
type Fields = readonly (number | undefined)[]

/** The key that a control sequence reports, without introducer; undefined where it reports none. */
export function decodeKey(body: string, final: string): Key | undefined {
  if (!/^[\d:;]*$/.test(body)) return undefined
  const fields: readonly Fields[] = body.split(';').map((parameter) => parameter.split(':').map(numberOf))
  if (final === 'u') return unicodeKey(fields)
  if (final === '_') return windowsKey(fields)
  if (final === '~' && fields[0]?.[0] === 27) return modifiedKey(fields)
  const name = final === '~' ? NAMES.get(`${fields[0]?.[0] ?? ''}~`) : NAMES.get(final)
  if (name === undefined && final !== '~' && !/^[EPQRS]$/.test(final)) return undefined
  return { characters: [], name: name ?? 'other', ...modified(fields[1]) }
}

/** The key of `ESC O final`. */
export function decodeSs3(final: string): Key {
  const name = NAMES.get(final)
  return name === undefined && final === 'M' ? keyOfByte(0x0d) : named(name ?? 'other')
}

function named(name: NamedKey): Key {
  return { characters: [], name, modifiers: 0, event: 'press' }
}

/** `CSI code:shifted:base ; modifiers:event ; text u`, kitty's; xterm's has the first two numbers. */
function unicodeKey([codes = [], second]: readonly Fields[]): Key {
  const characters = codes.filter((code) => code !== undefined)
  const [code = 0] = characters
  const isModifier = isKittyModifier(code)
  const isNamed = code >= 57_344 && code <= 63_743
  const name: NamedKey | undefined = isModifier ? 'modifier' : isNamed ? 'other' : undefined
  // Missing alternatives keep their places.
  const places = codes.map((value) => value ?? code)
  return { characters: isNamed ? [] : places, name, ...modified(second) }
}

/** `CSI 27 ; modifiers ; code ~`, xterm's modifyOtherKeys. */
function modifiedKey([, modifiers, code]: readonly Fields[]): Key {
  return { characters: [code?.[0] ?? 0], modifiers: modifiersOf(modifiers?.[0]), event: 'press' }
}

/** `CSI virtual ; scan ; character ; down ; state ; repeat _`, win32-input-mode. */
function windowsKey(fields: readonly Fields[]): Key {
  const [virtual, , character, down, state] = fields.map(([value]) => value ?? 0)
  const bits = state ?? 0
  const ctrl = (bits & WINDOWS_CTRL) !== 0 ? MODIFIER.ctrl : 0
  const alt = (bits & WINDOWS_ALT) !== 0 ? MODIFIER.alt : 0
  const shift = (bits & WINDOWS_SHIFT) !== 0 ? MODIFIER.shift : 0
  const isModifier = WINDOWS_MODIFIERS.has(virtual ?? 0)
  const hasCharacter = character !== undefined && (character > 0 || (virtual === 0x32 && ctrl !== 0))
  // AltGr is Ctrl and Alt to Windows, and types the character itself.
  const isAltGr = ctrl !== 0 && alt !== 0 && hasCharacter && (character ?? 0) >= 0x20
  return {
    characters: hasCharacter && !isModifier ? [character ?? 0] : [],
    name: isModifier ? 'modifier' : hasCharacter ? undefined : 'other',
    modifiers: isAltGr ? shift : ctrl | alt | shift,
    event: down === 0 ? 'release' : 'press',
  }
}

function modified(fields: Fields | undefined): Pick<Key, 'modifiers' | 'event'> {
  return { modifiers: modifiersOf(fields?.[0]), event: EVENTS[(fields?.[1] ?? 1) - 1] ?? 'press' }
}

function numberOf(text: string): number | undefined {
  const value = Number.parseInt(text, 10)
  return Number.isNaN(value) ? undefined : value
}
