/** As in `sentences.ts`, whose place this file takes in bundles for production and browsers. */
export const SENTENCES: boolean = false

/** The text of an error: its code, what is known beside it (an option's name, a number), and where the code is explained. */
export function messageOf(code: string, known: string | false): string {
  const beside = known ? ` (${known})` : ''
  return `${code}${beside}: ${ERRORS}`
}

/** Where every code is explained. */
const ERRORS = 'https://github.com/holdfast-sessions/holdfast/blob/main/docs/errors.md'
