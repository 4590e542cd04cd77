import type { XtermAttributes } from './xterm-internals.ts'

// The bits of xterm.js 6 (its src/common/buffer/Constants.ts).
const COLOR_MODE = 0x3000000
const PALETTE_16 = 0x1000000
const PALETTE_256 = 0x2000000
const RGB = 0x3000000
const COLOR = 0x3ffffff
const UNDERLINE = 0x10000000
const HAS_EXTENDED = 0x10000000
const PROTECTED = 0x20000000
const STYLE_SHIFT = 26
const STYLE_MASK = 0x7
/** Without a colour of its own an underline has all bits set, or none. */
const NO_COLOR: ReadonlySet<number> = new Set([0, COLOR])

/** Flags of the foreground word and the parameters that set them. */
const FOREGROUND_FLAGS: readonly (readonly [number, string])[] = [
  [0x8000000, '1'],
  [0x20000000, '5'],
  [0x4000000, '7'],
  [0x40000000, '8'],
  [0x80000000, '9'],
]
/** Flags of the background word. */
const BACKGROUND_FLAGS: readonly (readonly [number, string])[] = [
  [0x8000000, '2'],
  [0x4000000, '3'],
  [0x40000000, '53'],
]

/** The attributes that terminals report: those of the VT100, and what cannot be seen. */
export interface Vt100Attributes {
  readonly isBold: boolean
  /** Once, and straight. */
  readonly isUnderlined: boolean
  readonly isBlinking: boolean
  readonly isInverse: boolean
  readonly isHidden: boolean
}

export function attributesOf({ fg, bg, extended }: XtermAttributes): Vt100Attributes {
  const isPlain = (bg & HAS_EXTENDED) === 0 || ((extended._ext >>> STYLE_SHIFT) & STYLE_MASK) <= 1
  return {
    isBold: (fg & 0x8000000) !== 0,
    isUnderlined: (fg & UNDERLINE) !== 0 && isPlain,
    isBlinking: (fg & 0x20000000) !== 0,
    isInverse: (fg & 0x4000000) !== 0,
    isHidden: (fg & 0x40000000) !== 0,
  }
}

/** The sequence that sets these attributes in a terminal that has others (SGR); it begins with a reset. */
export function renditionOf({ fg, bg, extended }: XtermAttributes): string {
  const parameters = ['0']
  for (const [flag, parameter] of FOREGROUND_FLAGS) if ((fg & flag) !== 0) parameters.push(parameter)
  for (const [flag, parameter] of BACKGROUND_FLAGS) if ((bg & flag) !== 0) parameters.push(parameter)
  if ((fg & UNDERLINE) !== 0) parameters.push(underlineOf(bg, extended._ext))
  parameters.push(...colorOf(fg, 30, '38'), ...colorOf(bg, 40, '48'))
  return `\u001b[${parameters.join(';')}m`
}

/** The background alone: what erased cells have. */
export function backgroundOf(bg: number): string {
  return `\u001b[${['0', ...colorOf(bg, 40, '48')].join(';')}m`
}

/** What cells that were erased with these attributes have of them. */
export function erasedBackground(bg: number): number {
  return bg & COLOR
}

/** Selective erase leaves such a cell (DECSCA). */
export function isProtected(bg: number): boolean {
  return (bg & PROTECTED) !== 0
}

/** The link that characters with these attributes belong to; 0 for none. Only an extended cell has read its own. */
export function linkOf({ bg, extended }: XtermAttributes): number {
  return (bg & HAS_EXTENDED) === 0 ? 0 : extended.urlId
}

/** A number that distinguishes underlines of cells whose words are the same. */
export function underlineKey({ fg, bg, extended }: XtermAttributes): number {
  return (fg & UNDERLINE) !== 0 && (bg & HAS_EXTENDED) !== 0 ? extended._ext : 0
}

function underlineOf(bg: number, ext: number): string {
  if ((bg & HAS_EXTENDED) === 0) return '4'
  const style = (ext >>> STYLE_SHIFT) & STYLE_MASK
  const color = ext & COLOR
  const shown = style <= 1 ? '4' : `4:${style}`
  if (NO_COLOR.has(color)) return shown
  const value = color & 0xffffff
  if ((color & COLOR_MODE) === RGB) return `${shown};58:2::${value >> 16}:${(value >> 8) & 0xff}:${value & 0xff}`
  return `${shown};58:5:${value & 0xff}`
}

function colorOf(word: number, base: number, extended: string): readonly string[] {
  const value = word & 0xffffff
  switch (word & COLOR_MODE) {
    case PALETTE_16: {
      const color = value & 0xff
      return [String(color < 8 ? base + color : base + 60 + (color - 8))]
    }
    case PALETTE_256:
      return [`${extended};5;${value & 0xff}`]
    case RGB:
      return [`${extended};2;${value >> 16};${(value >> 8) & 0xff};${value & 0xff}`]
    default:
      return []
  }
}
