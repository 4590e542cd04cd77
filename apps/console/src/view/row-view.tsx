import type { Conversation, Row } from '../state/conversation.ts'
import { clock } from './format.ts'
import { OutageLine } from './outage-line.tsx'
import { Arguments, Output, Result } from './output.tsx'
import { Said } from './rich.tsx'

/** What happened, in one line beside its title where it is one. */
const BRIEF: ReadonlySet<string> = new Set(['tool_result', 'task_result', 'runtime_status'])
const MAX_BRIEF = 160
/** Of a tool. */
const STATUS: Readonly<Record<string, string>> = {
  pending: 'waits',
  in_progress: 'runs',
  completed: 'done',
  failed: 'failed',
}

/** One row of the conversation. */
export function RowView({ row, hasLead }: { readonly row: Row; readonly hasLead: boolean }) {
  const { entry, outage } = row
  const { agent, timestamp } = entry
  if (outage !== undefined) return <OutageLine outage={outage} />
  const isBrief = BRIEF.has(entry.type) && isLine(entry.content)
  return (
    <article class={`entry ${entry.type}${entry.isError === true ? ' failed' : ''}`}>
      <header>
        <span class="who">{titleOf(row)}</span>
        {row.status !== undefined && (
          <span class={`tool-status ${row.status}`}>{STATUS[row.status] ?? row.status}</span>
        )}
        {isBrief && <span class="brief clip">{entry.content}</span>}
        {agent !== undefined && entry.type !== 'message' && <span class="detail">{agent}</span>}
        {row.state !== undefined && <span class="detail">{deliveryOf(row.state, hasLead)}</span>}
        <time dateTime={new Date(timestamp).toISOString()}>{clock(timestamp)}</time>
      </header>
      {!isBrief && <Body row={row} />}
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
      <Said text={stream.text} />
    </article>
  )
}

/** What became of what this page sent. Without a lead there is no receiver. */
function deliveryOf(state: NonNullable<Row['state']>, hasLead: boolean): string {
  if (state === 'failed') return 'not delivered'
  return hasLead ? 'on its way' : 'waits for a lead'
}

/** Short, and nothing in it that only a larger place could show. */
function isLine(content: string | undefined): boolean {
  return content === undefined || (content.length <= MAX_BRIEF && !/[\n\u001b]/.test(content))
}

function Body({ row }: { readonly row: Row }) {
  const { entry } = row
  switch (entry.type) {
    case 'runtime_output':
      return <Output row={row} />
    case 'tool_call':
      return <Arguments given={entry.toolArgs} />
    case 'thinking':
      return <Thought row={row} text={entry.thinking ?? entry.content ?? ''} />
    case 'runtime_preview':
      return <Said text={entry.preview?.url ?? 'A preview is ready.'} />
    case 'tool_result':
    case 'task_result':
    case 'runtime_status':
      return entry.content === undefined ? null : <Result row={row} text={entry.content} />
    default:
      return entry.content === undefined ? null : <Said text={entry.content} />
  }
}

/** A long thought is its first line, until the person opens it. */
function Thought({ row, text }: { readonly row: Row; readonly text: string }) {
  const [first = ''] = text.trim().split('\n')
  if (text.trim() === first && first.length <= MAX_BRIEF) return <Said text={text} />
  return (
    <details
      class="thought"
      open={row.isWhole === true}
      onToggle={(event) => {
        row.isWhole = event.currentTarget.open
      }}
    >
      <summary>{first.slice(0, MAX_BRIEF)} …</summary>
      <Said text={text} />
    </details>
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
