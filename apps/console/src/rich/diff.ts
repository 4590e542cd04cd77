/** A line of a change. */
export interface DiffLine {
  readonly kind: 'added' | 'removed' | 'place' | 'file' | 'same'
  readonly text: string
}

const DIFF = /^(?:diff --git |--- \S.*\n\+\+\+ \S|@@ -\d+)/m

/** Whether a text is a change in the unified form. */
export function isDiff(text: string): boolean {
  return DIFF.test(text.slice(0, 4_000))
}

/** The lines of a change in the unified form, each with what it is. */
export function diffLines(text: string): readonly DiffLine[] {
  return text.split('\n').map((line) => ({ kind: kindOf(line), text: line }))
}

/** A replacement that a tool was called with, as a change. */
export function replacement(before: string, after: string): string {
  const marked = (text: string, sign: string): string =>
    text === ''
      ? ''
      : text
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => `${sign}${line}\n`)
          .join('')
  return `${marked(before, '-')}${marked(after, '+')}`.replace(/\n$/, '')
}

function kindOf(line: string): DiffLine['kind'] {
  if (/^(?:diff |index |--- |\+\+\+ |new file|deleted file|rename |similarity )/.test(line)) return 'file'
  if (line.startsWith('@@')) return 'place'
  if (line.startsWith('+')) return 'added'
  return line.startsWith('-') ? 'removed' : 'same'
}
