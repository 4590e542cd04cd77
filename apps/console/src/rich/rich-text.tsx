import { lexer, type Token, type Tokens } from 'marked'
import type { ComponentChildren } from 'preact'
import { CodeBlock } from './code-block.tsx'
import { isDiff } from './diff.ts'
import { Link } from './link.tsx'

/** Longer texts are shown as they are: reading them as Markdown would hold the page. */
const MAX_CHARACTERS = 60_000
/** Deeper nesting than anybody writes takes a reader of Markdown longer and longer. */
const DEEP = /^[ \t]*(?:(?:>|[-*+]|\d{1,9}[.)])[ \t]*){24}|[[*_~]{64}|(?:\[[^\]]{0,40}){64}/m

/**
 * A text in Markdown. It becomes elements and never HTML: what looks like markup is shown as it was written, and an address leads
 * nowhere but to web pages and mail.
 */
export function RichText({ text }: { readonly text: string }) {
  const tokens = text.length > MAX_CHARACTERS || DEEP.test(text) ? undefined : parsed(text)
  if (tokens === undefined) return <p>{text}</p>
  return <div class="rich">{tokens.map(block)}</div>
}

function parsed(text: string): readonly Token[] | undefined {
  try {
    return lexer(text, { gfm: true, breaks: true })
  } catch {
    return undefined
  }
}

/** Below the page's own. */
const HEADINGS = ['h3', 'h4', 'h5', 'h6'] as const

/** The library's tokens are one open type; what each kind has is in its documentation. */
type Known =
  | Tokens.Heading
  | Tokens.Paragraph
  | Tokens.Text
  | Tokens.Code
  | Tokens.Blockquote
  | Tokens.List
  | Tokens.Table
  | Tokens.Hr
  | Tokens.Space
  | Tokens.Strong
  | Tokens.Em
  | Tokens.Del
  | Tokens.Codespan
  | Tokens.Br
  | Tokens.Link
  | Tokens.Image
  | Tokens.Escape

function isKnown(token: Token): token is Known {
  return token.type !== 'html' && token.type !== 'def' && token.type !== 'list_item'
}

function block(token: Token, key: number): ComponentChildren {
  if (!isKnown(token)) return token.type === 'def' ? null : <p key={key}>{token.raw.trimEnd()}</p>
  switch (token.type) {
    case 'space':
      return null
    case 'heading': {
      const Heading = HEADINGS[token.depth - 1] ?? 'h6'
      return (
        <Heading key={key} class={`heading heading-${token.depth}`}>
          {inline(token.tokens)}
        </Heading>
      )
    }
    case 'code':
      return <CodeBlock key={key} text={token.text} language={languageOf(token)} />
    case 'blockquote':
      return <blockquote key={key}>{token.tokens.map(block)}</blockquote>
    case 'list':
      return <List key={key} list={token} />
    case 'table':
      return <Table key={key} table={token} />
    case 'hr':
      return <hr key={key} />
    case 'paragraph':
    case 'text':
      return <p key={key}>{inline(token.tokens ?? [token])}</p>
    default:
      return <p key={key}>{inline([token])}</p>
  }
}

function languageOf({ lang, text }: Tokens.Code): string | undefined {
  return isDiff(text) ? 'diff' : lang?.split(/\s/)[0]
}

function List({ list }: { readonly list: Tokens.List }) {
  const items = list.items.map((item, index) => (
    <li key={index}>
      {item.task && <span aria-hidden="true">{item.checked === true ? '☑ ' : '☐ '}</span>}
      {item.tokens.map((token, at) => (token.type === 'text' && isKnown(token) ? tight(token, at) : block(token, at)))}
    </li>
  ))
  return list.ordered ? <ol start={list.start === '' ? 1 : list.start}>{items}</ol> : <ul>{items}</ul>
}

/** The text of a list's item without a paragraph around it. */
function tight(token: Known, key: number): ComponentChildren {
  return <span key={key}>{inline('tokens' in token && token.tokens !== undefined ? token.tokens : [token])}</span>
}

function Table({ table }: { readonly table: Tokens.Table }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable with the keyboard
    <section class="table-box" tabIndex={0} aria-label="Table">
      <table>
        <thead>
          <tr>
            {table.header.map((cell, at) => (
              <th key={at} scope="col">
                {inline(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, at) => (
                <td key={at}>{inline(cell.tokens)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function inline(tokens: readonly Token[]): ComponentChildren {
  return tokens.map(span)
}

function span(token: Token, key: number): ComponentChildren {
  if (!isKnown(token)) return token.raw
  switch (token.type) {
    case 'strong':
      return <strong key={key}>{inline(token.tokens)}</strong>
    case 'em':
      return <em key={key}>{inline(token.tokens)}</em>
    case 'del':
      return <del key={key}>{inline(token.tokens)}</del>
    case 'codespan':
      return <code key={key}>{token.text}</code>
    case 'br':
      return <br key={key} />
    case 'link':
      return (
        <Link key={key} address={token.href}>
          {inline(token.tokens)}
        </Link>
      )
    case 'image':
      // Pictures of others are not loaded: their server would learn who reads this.
      return (
        <Link key={key} address={token.href}>
          Picture{token.text === '' ? '' : `: ${token.text}`}
        </Link>
      )
    case 'text':
      return token.tokens === undefined ? token.text : inline(token.tokens)
    case 'escape':
      return token.text
    default:
      return token.raw
  }
}
