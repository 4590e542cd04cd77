import { lazily } from './lazy.ts'

/** What draws texts and outputs: it comes after the page itself. */
export const RICH = lazily(() => import('../rich/index.ts'))

/** What a person or an agent said. */
export function Said({ text }: { readonly text: string }) {
  const module = RICH.use()
  return module === undefined ? <p>{text}</p> : <module.RichText text={text} />
}

/** Sequences for terminals, where nothing draws them yet. */
const SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|.)/g

/** What a program printed, as the inside of a `<pre>`. */
export function PrintedText({ text }: { readonly text: string }) {
  const module = RICH.use()
  return module === undefined ? <span>{text.replaceAll(SEQUENCE, '')}</span> : <module.Printed text={text} />
}
