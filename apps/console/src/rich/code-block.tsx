import { useState } from 'preact/hooks'
import { copyText } from '../view/clipboard.ts'
import { diffLines } from './diff.ts'

/** Code as it is, with a button that copies it; changes with their colours. */
export function CodeBlock({ text, language }: { readonly text: string; readonly language?: string | undefined }) {
  const isChange = language === 'diff' || language === 'patch'
  return (
    <div class="code-block">
      <div class="code-top">
        <span class="detail">{language}</span>
        <CopyButton text={text} />
      </div>
      <pre>{isChange ? <Diff text={text} /> : text}</pre>
    </div>
  )
}

/** The lines of a change. A sign says the same as the colour. */
export function Diff({ text }: { readonly text: string }) {
  return (
    <>
      {diffLines(text).map(({ kind, text: line }, index) => (
        <span key={index} class={`diff-line diff-${kind}`}>
          {`${line}\n`}
        </span>
      ))}
    </>
  )
}

const COPIED_MS = 1_500

/** Copies a text, and says that it did. */
export function CopyButton({ text }: { readonly text: string }) {
  const [isCopied, setCopied] = useState(false)
  return (
    <button
      type="button"
      class="copy"
      onClick={() => {
        void copyText(text).then((done) => {
          setCopied(done)
          setTimeout(() => setCopied(false), COPIED_MS)
        })
      }}
    >
      {isCopied ? 'Copied' : 'Copy'}
    </button>
  )
}
