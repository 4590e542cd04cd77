/** A run of blanks or line ends longer than this is shown as a number: it would push what follows out of sight. */
const MAX_BLANKS = 40

/**
 * Characters that have no shape of their own, or that change what others look like: controls, format characters (among
 * them everything that turns the direction of text, Unicode's UAX #9), separators of lines and paragraphs, private use
 * and halves of surrogate pairs, variation selectors, fillers that look like nothing, and blanks that are no spaces.
 */
const UNSEEN =
  /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u115F\u1160\u3164\uFFA0]|[\u17B4\u17B5]|\p{Variation_Selector}|(?! )\p{Zs}/gu

const BLANKS = /[^\S\n]{41,}|\n(?:[^\S\n]*\n){40,}/g

/**
 * The text with everything that could mislead a reader made visible: each invisible character, and each that reorders
 * others, becomes `<U+202E>`, and a long run of blanks its length, `<4,100 blanks>`. Line ends and tabs stay.
 */
export function visibleText(text: string): string {
  return text.replace(BLANKS, blanksAsCount).replace(UNSEEN, code)
}

function blanksAsCount(run: string): string {
  if (run.length <= MAX_BLANKS) return run
  return `<${run.length.toLocaleString('en')} ${run.startsWith('\n') ? 'blank lines and blanks' : 'blanks'}>`
}

function code(character: string): string {
  const point = character.codePointAt(0) ?? 0
  return `<U+${point.toString(16).toUpperCase().padStart(4, '0')}>`
}
