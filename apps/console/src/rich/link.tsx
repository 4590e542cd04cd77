import type { ComponentChildren } from 'preact'

const SAFE = /^(?:https?:\/\/|mailto:)/i

/** An address that can be clicked, where it leads to a web page or to mail; else what was written, with the address beside it. */
export function Link({ address, children }: { readonly address: string; readonly children: ComponentChildren }) {
  if (!SAFE.test(address)) {
    return (
      <>
        {children} ({address})
      </>
    )
  }
  return (
    <a href={address} title={address} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  )
}
