/**
 * A command in one text as its words: blanks part them, quotes of either kind keep them together, and a backslash takes the
 * next character as it is (not between single quotes). Nothing is expanded. `undefined` where a quote is not closed.
 */
export function commandWords(text: string): readonly string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  for (const [piece] of text.matchAll(/\s+|'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\]+|./gs)) {
    if (/^\s/.test(piece)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (/^['"\\]$/.test(piece)) return undefined
    else word = (word ?? '') + plain(piece)
  }
  return word === undefined ? words : [...words, word]
}

function plain(piece: string): string {
  if (piece.startsWith("'")) return piece.slice(1, -1)
  if (piece.startsWith('"')) return piece.slice(1, -1).replace(/\\(["\\$`])/g, '$1')
  return piece.startsWith('\\') ? piece.slice(1) : piece
}
