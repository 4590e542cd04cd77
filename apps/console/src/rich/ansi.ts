import { type CsiToken, parametersOf, Tokenizer } from '@holdfast/terminal'

/** A run of text in one style. */
export interface Run {
  readonly text: string
  /** Names of classes, for the page's own colours; empty for plain text. */
  readonly style: string
}

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const
/** What a number of SGR means for the three things that are shown. */
interface Style {
  colour: string
  isBold: boolean
  isDim: boolean
  isUnderlined: boolean
}

/**
 * What a program printed, with its colours as classes. Everything else that a terminal would carry out is left out: nothing here
 * moves, erases or answers. A line that was overwritten from its start, as progress bars do, is shown as it was last.
 */
export function runsOf(printed: string): readonly Run[] {
  const runs: Run[] = []
  const style: Style = plain()
  const decoder = new TextDecoder()
  for (const token of new Tokenizer().push(new TextEncoder().encode(lastOfEach(printed)))) {
    if (token.kind === 'csi' && token.final === 'm' && token.prefix === '') restyle(style, token)
    else if (token.kind === 'control' && (token.code === 10 || token.code === 9))
      add(runs, token.code === 10 ? '\n' : '\t', style)
    else if (token.kind === 'text') add(runs, decoder.decode(token.bytes, { stream: true }), style)
  }
  return runs
}

/** Of each line what is after its last return of the carriage. */
function lastOfEach(printed: string): string {
  if (!printed.includes('\r')) return printed
  return printed
    .replaceAll(/\r+\n/g, '\n')
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('\r', line.length - 2) + 1))
    .join('\n')
}

function add(runs: Run[], text: string, style: Style): void {
  const { colour, isBold, isDim, isUnderlined } = style
  const names = [colour, isBold ? 'ansi-bold' : '', isDim ? 'ansi-dim' : '', isUnderlined ? 'ansi-underlined' : '']
  const joined = names.filter((name) => name !== '').join(' ')
  const last = runs.at(-1)
  if (last?.style === joined) runs[runs.length - 1] = { text: last.text + text, style: joined }
  else runs.push({ text, style: joined })
}

function plain(): Style {
  return { colour: '', isBold: false, isDim: false, isUnderlined: false }
}

function restyle(style: Style, token: CsiToken): void {
  const numbers = parametersOf(token)
  for (let at = 0; at < Math.max(1, numbers.length); at++) {
    const number = numbers[at] ?? 0
    if (number === 0) Object.assign(style, plain())
    else if (number === 1) style.isBold = true
    else if (number === 2) style.isDim = true
    else if (number === 4) style.isUnderlined = true
    else if (number === 22) Object.assign(style, { isBold: false, isDim: false })
    else if (number === 24) style.isUnderlined = false
    else if (number === 39) style.colour = ''
    else if (number >= 30 && number <= 37) style.colour = classOf(number - 30)
    else if (number >= 90 && number <= 97) style.colour = classOf(number - 90)
    else if (number === 38 || number === 48) {
      const [kind, index] = [numbers[at + 1], numbers[at + 2]]
      if (number === 38 && kind === 5) style.colour = nearest(index ?? 0)
      at += kind === 5 ? 2 : 4
    }
  }
}

function classOf(index: number): string {
  return `ansi-${NAMES[index] ?? 'white'}`
}

/** Of 256 colours the first sixteen have names; the others are shown as plain text: not all of them can be read on every ground. */
function nearest(index: number): string {
  return index < 16 ? classOf(index % 8) : ''
}
