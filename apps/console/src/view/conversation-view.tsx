import { useMemo, useRef, useState } from 'preact/hooks'
import { KINDS, type Kind, type Row } from '../state/conversation.ts'
import type { Session } from '../state/session.ts'
import { AbsenceNote } from './absence-note.tsx'
import { AwayStrip, keptMessages } from './away-strip.tsx'
import { Composer } from './composer.tsx'
import { Questions } from './questions.tsx'
import { RowView, StreamView } from './row-view.tsx'
import { useStore } from './use.ts'
import { useRows } from './use-rows.ts'

const NAMES: Readonly<Record<Kind, string>> = {
  talk: 'Talk',
  thinking: 'Thinking',
  tools: 'Tools',
  output: 'Output',
  tasks: 'Tasks',
}

/** A session as it goes on: the past at once, then live. */
export function ConversationView({ session }: { readonly session: Session }) {
  useStore(session)
  const [hidden, setHidden] = useState<ReadonlySet<Kind>>(new Set())
  const { conversation } = session
  const { version } = conversation
  const rows = useMemo(
    () =>
      hidden.size === 0
        ? conversation.rows
        : conversation.rows.filter(({ kind }) => kind === 'note' || !hidden.has(kind)),
    [conversation, version, hidden],
  )
  const toggle = (kind: Kind): void => {
    const next = new Set(hidden)
    if (!next.delete(kind)) next.add(kind)
    setHidden(next)
  }
  return (
    <section class="panel conversation" aria-labelledby="session-title">
      <header class="panel-top">
        <h2 id="session-title" tabIndex={-1}>
          {session.label ?? 'Session'}
        </h2>
        <fieldset class="filters">
          <legend class="hidden">Show</legend>
          {KINDS.map((kind) => (
            <button key={kind} type="button" class="chip" aria-pressed={!hidden.has(kind)} onClick={() => toggle(kind)}>
              {NAMES[kind]}
            </button>
          ))}
        </fieldset>
      </header>
      <Log key={session.parts.sessionId} rows={rows} session={session} hidden={hidden} />
      <Questions session={session} />
      {session.parts.role === 'controller' ? (
        <Composer session={session} />
      ) : (
        <p class="hint watching">You watch. “Take part” lets you steer.</p>
      )}
    </section>
  )
}

interface LogProps {
  readonly rows: readonly Row[]
  readonly session: Session
  readonly hidden: ReadonlySet<Kind>
}

function Log({ rows, session, hidden }: LogProps) {
  const { stream } = session.conversation
  const { current: absence } = session.absence
  const isStreaming = stream !== undefined && !hidden.has(stream.kind === 'message' ? 'talk' : 'thinking')
  const list = useRef(rows)
  list.current = rows
  const keyOf = useRef((index: number) => list.current[index]?.key ?? -1)
  const count = rows.length + (isStreaming ? 1 : 0)
  const { items, totalHeight, scroller, measure, isAtEnd, toEnd, toRow, scrolled } = useRows(count, keyOf.current)
  return (
    <div class="log-box">
      <AwayStrip
        outages={session.outages}
        explain={() => session.client.explain()}
        kept={() => keptMessages(session.waiting)}
        tryNow={() => session.tryNow()}
      />
      {absence !== undefined && (
        <AbsenceNote
          absence={absence}
          show={() => {
            toRow(rows.findIndex(({ key }) => key === absence.afterKey) + 1)
            session.dismissAbsence()
          }}
          dismiss={() => session.dismissAbsence()}
        />
      )}
      <div
        class="log"
        ref={scroller}
        onScroll={scrolled}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable with the keyboard
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Conversation"
      >
        <div class="rows" style={{ height: `${totalHeight}px` }}>
          {items.map(({ key, index, start }) => {
            const row = rows[index]
            return (
              <div
                key={key}
                class="slot"
                data-index={index}
                ref={measure}
                style={{ transform: `translateY(${start}px)` }}
              >
                {row === undefined ? stream && <StreamView stream={stream} /> : <RowView row={row} />}
              </div>
            )
          })}
        </div>
        {rows.length === 0 && !isStreaming && <p class="hint empty">Nothing has happened here yet.</p>}
      </div>
      {!isAtEnd && (
        <button type="button" class="to-end" onClick={toEnd}>
          Jump to the latest
        </button>
      )}
    </div>
  )
}
