import { useMemo } from 'preact/hooks'
import { runsOf } from './ansi.ts'
import { Diff } from './code-block.tsx'
import { isDiff } from './diff.ts'

/** What a program printed: with its colours, a change with those of changes. */
export function Printed({ text }: { readonly text: string }) {
  const runs = useMemo(() => runsOf(text), [text])
  const bare = runs.map((run) => run.text).join('')
  if (isDiff(bare)) return <Diff text={bare} />
  return (
    <>
      {runs.map(({ text: shown, style }, index) =>
        style === '' ? (
          shown
        ) : (
          <span key={index} class={style}>
            {shown}
          </span>
        ),
      )}
    </>
  )
}
