/** A rule for markdown-it: the head of a column that has no name is an empty cell, and not a heading that says nothing. */
export function tablesOnSite(markdown) {
  markdown.core.ruler.push('tables-on-site', ({ tokens }) => {
    tokens.forEach((token, at) => {
      if (token.type !== 'th_open' || tokens[at + 1]?.content !== '') return
      token.tag = 'td'
      tokens[at + 2].tag = 'td'
    })
  })
}
