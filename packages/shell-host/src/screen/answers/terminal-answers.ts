import type { ScreenModes } from '@holdfast/terminal'
import type { IDisposable, Terminal } from '@xterm/headless'

/** What a terminal without a theme shows. */
const DEFAULT_COLORS: Readonly<Record<number, string>> = {
  10: 'rgb:ffff/ffff/ffff',
  11: 'rgb:0000/0000/0000',
  12: 'rgb:ffff/ffff/ffff',
}
/** Levels of the colour cube and of the grey ramp of 256 colours (xterm's 256colres). */
const CUBE = [0, 0x5f, 0x87, 0xaf, 0xd7, 0xff]
const ANSI = [
  '2e3436 cc0000 4e9a06 c4a000 3465a4 75507b 06989a d3d7cf',
  '555753 ef2929 8ae234 fce94f 729fcf ad7fa8 34e2e2 eeeeec',
]
  .join(' ')
  .split(' ')
const ST = '\u001b\\'
const DARK = '\u001b[?997;1n'

/**
 * Answers what programs ask a terminal, as far as xterm.js does not by itself: colours, colour scheme, keyboard protocols,
 * capabilities, size. Beyond them device attributes, cursor, modes and settings are its own.
 */
export function answerQueries(terminal: Terminal, modes: ScreenModes, answer: (text: string) => void): IDisposable {
  const { parser } = terminal
  const colors = new Map<number, string>()
  const handlers = [
    parser.registerCsiHandler({ prefix: '?', final: 'u' }, () => answered(answer, `\u001b[?${modes.kittyFlags}u`)),
    // The unit of a terminal that has none (DA3).
    parser.registerCsiHandler({ prefix: '=', final: 'c' }, ([first]) => {
      return (first === 0 || first === undefined) && answered(answer, `\u001bP!|00000000${ST}`)
    }),
    parser.registerCsiHandler({ prefix: '?', final: 'n' }, ([first]) => first === 996 && answered(answer, DARK)),
    parser.registerCsiHandler({ prefix: '?', final: 'm' }, ([first]) => {
      return first === 4 && answered(answer, `\u001b[>4;${modes.hasEncodedKeys && modes.kittyFlags === 0 ? 1 : 0}m`)
    }),
    parser.registerCsiHandler({ prefix: '?', final: 'S' }, ([item]) => {
      // Graphics, of which there are none (XTSMGRAPHICS).
      return typeof item === 'number' && answered(answer, `\u001b[?${item};3;0S`)
    }),
    // No capability is known here (XTGETTCAP).
    parser.registerDcsHandler({ intermediates: '+', final: 'q' }, () => answered(answer, `\u001bP0+r${ST}`)),
    parser.registerOscHandler(4, (data) => palette(data, colors, answer)),
    parser.registerOscHandler(104, (data) => forget(data, colors)),
  ]
  for (const [number, initial] of Object.entries(DEFAULT_COLORS)) {
    const code = Number(number)
    handlers.push(
      parser.registerOscHandler(code, (data) => dynamicColor(code, data, colors, initial, answer)),
      parser.registerOscHandler(100 + code, () => colors.delete(-code) || true),
    )
  }
  return {
    dispose: () => {
      for (const handler of handlers) handler.dispose()
    },
  }
}

function answered(answer: (text: string) => void, text: string): boolean {
  answer(text)
  return true
}

/** OSC 4: pairs of a number and a colour; a question mark asks. Colours that are set are xterm.js's to take, too. */
function palette(data: string, colors: Map<number, string>, answer: (text: string) => void): boolean {
  const fields = data.split(';')
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const index = Number(fields[at])
    const color = fields[at + 1] ?? ''
    if (!Number.isInteger(index) || index < 0 || index > 255) continue
    if (color === '?') answer(`\u001b]4;${index};${colors.get(index) ?? initialColor(index)}${ST}`)
    else colors.set(index, reported(color))
  }
  return true
}

function forget(data: string, colors: Map<number, string>): boolean {
  const indexes = data === '' ? [...colors.keys()].filter((index) => index >= 0) : data.split(';').map(Number)
  for (const index of indexes) colors.delete(index)
  return true
}

function dynamicColor(
  code: number,
  data: string,
  colors: Map<number, string>,
  initial: string,
  answer: (text: string) => void,
): boolean {
  // Each further colour belongs to the next number.
  for (const [index, color] of data.split(';').entries()) {
    const number = code + index
    if (color === '?') answer(`\u001b]${number};${colors.get(-number) ?? DEFAULT_COLORS[number] ?? initial}${ST}`)
    else if (color !== '') colors.set(-number, reported(color))
  }
  return true
}

/** As terminals report what was set: `#rrggbb` as four digits a part, everything else as it was given. */
function reported(color: string): string {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color)
  if (hex !== null) return rgb(hex[1] ?? '', hex[2] ?? '', hex[3] ?? '')
  const parts = /^rgb:([0-9a-f]{1,4})\/([0-9a-f]{1,4})\/([0-9a-f]{1,4})$/i.exec(color)
  if (parts === null) return color.slice(0, 64).replaceAll(/[^ -~]/g, '')
  return `rgb:${[parts[1], parts[2], parts[3]].map((part = '') => part.repeat(4).slice(0, 4)).join('/')}`
}

function rgb(red: string, green: string, blue: string): string {
  return `rgb:${red}${red}/${green}${green}/${blue}${blue}`
}

function initialColor(index: number): string {
  const hex = (level: number): string => level.toString(16).padStart(2, '0')
  if (index >= 232) return rgb(hex(8 + (index - 232) * 10), hex(8 + (index - 232) * 10), hex(8 + (index - 232) * 10))
  if (index >= 16) {
    const place = index - 16
    const level = (divisor: number): string => hex(CUBE[Math.floor(place / divisor) % 6] ?? 0)
    return rgb(level(36), level(6), level(1))
  }
  const color = ANSI[index] ?? '000000'
  return rgb(color.slice(0, 2), color.slice(2, 4), color.slice(4))
}
