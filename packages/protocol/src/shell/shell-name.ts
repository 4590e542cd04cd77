/** In characters, of a name that people give to a shell. */
export const MAX_SHELL_NAME = 100
/** In characters, of a title that a program gives to its terminal. */
export const MAX_SHELL_TITLE = 200

/** Controls, formats such as those that turn the direction of text, and line ends: nothing of it may act on a screen. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/u

/** True for a valid name of a shell: 1 to 100 visible characters, no space at either end. */
export function isShellName(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value !== value.trim() || UNSEEN.test(value)) return false
  return [...value].length <= MAX_SHELL_NAME
}

/** A program's title made safe to show: without invisible characters, and cut after 200 characters. */
export function shownTitle(text: string): string {
  const seen = [...text.slice(0, 2 * MAX_SHELL_TITLE)].filter((character) => !UNSEEN.test(character))
  return seen.slice(0, MAX_SHELL_TITLE).join('').trim()
}
