import { useState } from 'preact/hooks'
import type { Conversation, Row } from '../state/conversation.ts'
import { clock, plural } from './format.ts'
import { OutageLine } from './outage-line.tsx'

/** Lines of output that are shown before somebody asks for all. */
const PREVIEW_LINES = 8

/** What happened, in one line beside its title. */
const BRIEF: ReadonlySet<string> = new Set(['tool_result', 'task_result', 'runtime_status'])

/** One row of the conversation. */
export function RowView({ row }: { readonly row: Row }) {
  const { entry, outage } = row
  const { agent, timestamp } = entry
  if (outage !== undefined) return <OutageLine outage={outage} />
  return (
    <article class={`entry ${entry.type}${entry.isError === true ? ' failed' : ''}`}>
      <header>
        <span class="who">{titleOf(row)}</span>
        {BRIEF.has(entry.type) && <span class="brief clip">{entry.content}</span>}
        {agent !== undefined && entry.type !== 'message' && <span class="detail">{agent}</span>}
        {row.state !== undefined && (
          <span class="detail">{row.state === 'sending' ? 'on its way' : 'not delivered'}</span>
        )}
        <time dateTime={new Date(timestamp).toISOString()}>{clock(timestamp)}</time>
      </header>
      {!BRIEF.has(entry.type) && <Body row={row} />}
    </article>
  )
}

/** What is being said at the moment. */
export function StreamView({ stream }: { readonly stream: NonNullable<Conversation['stream']> }) {
  return (
    <article class={`entry ${stream.kind} streaming`}>
      <header>
        <span class="who">{stream.kind === 'message' ? 'lead' : 'thinking'}</span>
        <span class="detail">…</span>
      </header>
      <p>{stream.text}</p>
    </article>
  )
}

function Body({ row }: { readonly row: Row }) {
  const { entry } = row
  switch (entry.type) {
    case 'runtime_output':
      return <Output row={row} />
    case 'tool_call':
      return <pre>{argumentsOf(entry.toolArgs)}</pre>
    case 'thinking':
      return <p>{entry.thinking ?? entry.content}</p>
    case 'runtime_preview':
      return <p>{entry.preview?.url ?? 'A preview is ready.'}</p>
    default:
      return entry.content === undefined ? null : <p>{entry.content}</p>
  }
}

function Output({ row }: { readonly row: Row }) {
  const [isWhole, setWhole] = useState(false)
  const { lines, lineCount } = row
  const shown = isWhole ? lines : lines.slice(-PREVIEW_LINES)
  return (
    <>
      <pre>{shown.join('\n')}</pre>
      {lineCount > PREVIEW_LINES && (
        <button type="button" class="quiet" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole
            ? 'Show less'
            : `Show ${lines.length < lineCount ? `the last ${lines.length} of ` : ''}${plural(lineCount, 'line')}`}
        </button>
      )}
    </>
  )
}

function titleOf({ entry }: Row): string {
  switch (entry.type) {
    case 'user_prompt':
      return 'person'
    case 'message':
      return entry.agent ?? 'lead'
    case 'tool_call':
      return `calls ${entry.toolName ?? 'a tool'}`
    case 'tool_result':
      return `result of ${entry.toolName ?? 'a tool'}`
    case 'runtime_output':
      return 'output'
    case 'runtime_status': {
      const { status = 'program', exitCode } = entry.runtime ?? {}
      return exitCode === undefined ? status : `${status}, code ${exitCode}`
    }
    case 'task_result':
      return entry.isError === true ? 'task failed' : 'task done'
    case 'note':
      return 'console'
    default:
      return entry.type.replaceAll('_', ' ')
  }
}

function argumentsOf(given: Readonly<Record<string, unknown>> | undefined): string {
  const { command, ...rest } = given ?? {}
  if (typeof command === 'string' && Object.keys(rest).length === 0) return command
  return JSON.stringify(given, undefined, 2)
}
