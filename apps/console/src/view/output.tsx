import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Row } from '../state/conversation.ts'
import { plural } from './format.ts'
import { PrintedText, RICH } from './rich.tsx'

/** Lines that are shown before all are requested. */
const PREVIEW_LINES = 8

/** What a program printed so far: its newest lines, or all that is kept. */
export function Output({ row }: { readonly row: Row }) {
  const { lines, lineCount } = row
  const said = `Show ${lines.length < lineCount ? `the last ${lines.length} of ` : ''}${plural(lineCount, 'line')}`
  return <Folded row={row} lines={lines} from="end" more={lineCount > PREVIEW_LINES ? said : undefined} />
}

/** The result of a tool: its first lines, or all of it. */
export function Result({ row, text }: { readonly row: Row; readonly text: string }) {
  const lines = text.replace(/\n$/, '').split('\n')
  const more = lines.length > PREVIEW_LINES ? `Show ${plural(lines.length, 'line')}` : undefined
  return <Folded row={row} lines={lines} from="start" more={more} />
}

interface FoldedProps {
  readonly row: Row
  readonly lines: readonly string[]
  readonly from: 'start' | 'end'
  /** What the button says; undefined: all of it is shown. */
  readonly more: string | undefined
}

/** Whether it is open stays with the row, which is drawn only while it is seen. */
function Folded({ row, lines, from, more }: FoldedProps) {
  const [isWhole, setWhole] = useState(row.isWhole === true)
  const module = RICH.use()
  const part = from === 'end' ? lines.slice(-PREVIEW_LINES) : lines.slice(0, PREVIEW_LINES)
  const toggle = (): void => {
    row.isWhole = !isWhole
    setWhole(!isWhole)
  }
  return (
    <div class="printed">
      <pre>
        <PrintedText text={(isWhole ? lines : part).join('\n')} />
      </pre>
      <div class="row">
        {more !== undefined && (
          <button type="button" class="quiet" aria-expanded={isWhole} onClick={toggle}>
            {isWhole ? 'Show less' : more}
          </button>
        )}
        {module !== undefined && lines.length > 1 && <module.CopyButton text={lines.join('\n')} />}
      </div>
    </div>
  )
}

/** What a tool was called with. */
export function Arguments({
  given,
}: {
  readonly given: Readonly<Record<string, unknown>> | undefined
}): ComponentChildren {
  const module = RICH.use()
  const change = changeOf(given)
  if (module === undefined || change === undefined) {
    const text = argumentsOf(given)
    return text === '' ? null : <pre>{text}</pre>
  }
  const { file, before, after } = change
  return (
    <pre>
      {file}
      <module.Diff text={module.replacement(before, after)} />
    </pre>
  )
}

/** A replacement of a text, under the names that agents use for it. */
function changeOf(given: Readonly<Record<string, unknown>> | undefined) {
  const text = (...names: readonly string[]): string | undefined => {
    const found = names.map((name) => given?.[name]).find((value) => typeof value === 'string')
    return typeof found === 'string' ? found : undefined
  }
  const [before, after] = [text('old_string', 'oldText', 'old_str'), text('new_string', 'newText', 'new_str')]
  if (before === undefined || after === undefined) return undefined
  const file = text('file_path', 'path', 'file')
  return { file: file === undefined ? '' : `${file}\n`, before, after }
}

function argumentsOf(given: Readonly<Record<string, unknown>> | undefined): string {
  const { command, ...rest } = given ?? {}
  if (typeof command === 'string' && Object.keys(rest).length === 0) return command
  return Object.keys(given ?? {}).length === 0 ? '' : JSON.stringify(given, undefined, 2)
}
