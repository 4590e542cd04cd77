import { type CsiToken, type EscapeToken, parametersOf, type StringToken, type Token } from './token.ts'
import { Utf8State } from './utf8-state.ts'

/**
 * What a piece of output does, beside the screen. `paint`: nothing. `ask`: the terminal answers, as if it were typed.
 * `act`: clipboard, notification, bell, window, printer, sound … `report`: a mode that also makes the terminal report how
 * things are at once. What is not known to paint only is `act`.
 */
export type OutputEffect = 'paint' | 'ask' | 'act' | 'report'

/** Focus, colour scheme, in-band size: a terminal that is asked to report them may begin with a report. */
export const REPORTING_MODES: ReadonlySet<number> = new Set([1004, 2031, 2048])
const BEL = 0x07
const ENQ = 0x05
/** DECID. */
const C1_ID = 0x9a

/** Prefix and intermediates, then the final bytes that paint, set or move only. */
const PAINTING_CSI: Readonly<Record<string, string>> = {
  '': '@ABCDEFGHIJKLMPSTWXYZ^`abdefghlmrsu',
  '?': 'JKhlrsW',
  '>': 'umnfpTts',
  '<': 'u',
  '=': 'u',
  ' ': 'q@A',
  '!': 'p',
  '"': 'pq',
  $: 'rtvxz{}~',
  '*': 'x',
  "'": '}~',
  '#': '{}pqPQ',
}
const ASKING_CSI: Readonly<Record<string, string>> = {
  '': 'cnx',
  '?': 'cnuSmf',
  '>': 'cq',
  '=': 'c',
  $: 'pwu',
  '?$': 'p',
  '*': 'y',
  '#': 'R|S',
  '+': 'x',
  ',': 'u',
  '&': 'u',
  "'": '|',
}
/** Window operations (XTWINOPS): the stack of titles is no business of the window. */
const TITLE_STACK: ReadonlySet<number> = new Set([22, 23])
const ESCAPES = '78=>DEFHMNOVWc\\lmno|}~'
const ASKING_ESCAPES = 'Z'
/** `( ) * + - . /` designate character sets, `%` leaves UTF-8, `#` sizes of lines, space the form of answers. */
const ESCAPE_INTERMEDIATES = /^[()*+\-./% #][!"%&]?[!"%&]?$/
/** Titles, palette, links, colours, pointer, prompt marks, working folder, progress of a task is none. */
const PAINTING_OSC: ReadonlySet<string> = new Set(
  ['0', '1', '2', '4', '5', '7', '8', '10', '11', '12', '13', '14', '15', '16', '17', '18', '19', '21', '22'].concat([
    '104',
    '105',
    '110',
    '111',
    '112',
    '113',
    '114',
    '115',
    '116',
    '117',
    '118',
    '119',
    '133',
    '30001',
    '30101',
  ]),
)
/** In these a question mark in place of a value asks for it. */
const COLOR_OSC = /^(4|5|1\d|21|22)$/

/** What a piece of output does, beside the screen. */
export function effectOf(token: Token): OutputEffect {
  switch (token.kind) {
    case 'text':
      return 'paint'
    case 'control':
      return token.code === BEL ? 'act' : token.code === ENQ || token.code === C1_ID ? 'ask' : 'paint'
    case 'escape':
      return effectOfEscape(token)
    case 'csi':
      return effectOfCsi(token)
    case 'string':
      return effectOfString(token)
    case 'ignored':
    // What it does depends on whether the terminal reads UTF-8.
    case 'stray':
      return 'act'
  }
}

function effectOfEscape({ intermediates, final }: EscapeToken): OutputEffect {
  if (intermediates !== '') return ESCAPE_INTERMEDIATES.test(intermediates) ? 'paint' : 'act'
  if (ASKING_ESCAPES.includes(final)) return 'ask'
  return ESCAPES.includes(final) ? 'paint' : 'act'
}

function effectOfCsi(token: CsiToken): OutputEffect {
  const { prefix, intermediates, final } = token
  const kind = `${prefix}${intermediates}`
  if (kind === '' && final === 't')
    return TITLE_STACK.has(parametersOf(token)[0] ?? 0) ? 'paint' : effectOfWindow(token)
  if (ASKING_CSI[kind]?.includes(final) === true) return 'ask'
  if (PAINTING_CSI[kind]?.includes(final) !== true) return 'act'
  if (kind !== '?' || (final !== 'h' && final !== 'r')) return 'paint'
  return parametersOf(token).some((mode) => mode !== undefined && REPORTING_MODES.has(mode)) ? 'report' : 'paint'
}

function effectOfWindow(token: CsiToken): OutputEffect {
  const operation = parametersOf(token)[0] ?? 0
  return operation >= 11 && operation <= 21 ? 'ask' : 'act'
}

function effectOfString({ opener, head, data, part }: StringToken): OutputEffect {
  if (part === 'whole' && hasStray(data)) return 'act'
  if (opener === 'osc') {
    const command = /^\d+/.exec(head)?.[0] ?? ''
    if (!PAINTING_OSC.has(command)) return /^52;[^;]*;\?/.test(head) ? 'ask' : 'act'
    // A value that asks may stand anywhere in a long list.
    if (COLOR_OSC.test(command) && part !== 'whole') return 'act'
    return COLOR_OSC.test(command) && asks(data) ? 'ask' : 'paint'
  }
  // Sixel graphics.
  if (opener === 'dcs') return /^[\d;]*q/.test(head) ? 'paint' : /^[\d;]*[+$]q/.test(head) ? 'ask' : 'act'
  if (opener === 'apc' && head.startsWith('G')) return effectOfGraphics(head)
  return 'act'
}

/** kitty graphics answer unless `q=2` forbids it. */
function effectOfGraphics(head: string): OutputEffect {
  const keys = head.slice(1).split(';', 1)[0] ?? ''
  const isQuiet = keys.split(',').includes('q=2')
  return isQuiet && !keys.split(',').includes('a=q') ? 'paint' : 'ask'
}

/** A terminal that does not read UTF-8 ends the string there, and may carry out what follows. */
function hasStray(data: Uint8Array): boolean {
  const characters = new Utf8State()
  for (const byte of data) {
    if (byte < 0x80) characters.reset()
    else if (!characters.takes(byte)) return true
  }
  return false
}

function asks(data: Uint8Array): boolean {
  return data.includes(0x3f)
}
