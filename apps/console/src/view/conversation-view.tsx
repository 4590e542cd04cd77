import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { App } from '../state/app.ts'
import { KINDS, type Kind, type Row } from '../state/conversation.ts'
import type { Session } from '../state/session.ts'
import { AbsenceNote } from './absence-note.tsx'
import { AGENT } from './agent.tsx'
import { AwayStrip, keptMessages } from './away-strip.tsx'
import { Composer } from './composer.tsx'
import { ConversationSearch, useHighlight } from './conversation-search.tsx'
import { Questions } from './questions.tsx'
import { RowView, StreamView } from './row-view.tsx'
import { useStore } from './use.ts'
import { useReadingPlace } from './use-reading-place.ts'
import { useRows } from './use-rows.ts'

const NAMES: Readonly<Record<Kind, string>> = {
  talk: 'Talk',
  thinking: 'Thinking',
  tools: 'Tools',
  output: 'Output',
  tasks: 'Tasks',
}

/** A session as it happens: the past at once, then live. */
export function ConversationView({ session, app }: { readonly session: Session; readonly app: App }) {
  useStore(session)
  const { hidden } = app
  const { conversation } = session
  const { version } = conversation
  const rows = useMemo(
    () =>
      hidden.size === 0
        ? conversation.rows
        : conversation.rows.filter(({ kind }) => kind === 'note' || !hidden.has(kind)),
    [conversation, version, hidden],
  )
  if (session.isMissing) return <Missing app={app} session={session} />
  return (
    <section class="panel conversation" aria-labelledby="session-title">
      <header class="panel-top">
        <h2 id="session-title" class="clip" tabIndex={-1} title={session.label}>
          {session.label ?? 'Session'}
        </h2>
        <fieldset class="filters">
          <legend class="hidden">Show</legend>
          {KINDS.map((kind) => (
            <button
              key={kind}
              type="button"
              class="chip"
              aria-pressed={!hidden.has(kind)}
              onClick={() => app.toggle(kind)}
            >
              {NAMES[kind]}
            </button>
          ))}
          <button
            type="button"
            class="chip"
            aria-label="Search"
            aria-expanded={session.search.isOpen}
            aria-keyshortcuts="Control+F"
            title="Search (Ctrl+F)"
            onClick={() => session.search.open(!session.search.isOpen)}
          >
            ⌕
          </button>
        </fieldset>
      </header>
      <Log key={session.parts.sessionId} rows={rows} session={session} app={app} />
      <Questions session={session} />
      {session.agent.isThere && <Agent session={session} />}
      {session.parts.role === 'controller' ? (
        <Composer session={session} />
      ) : (
        <p class="hint watching">
          {app.rights?.grant?.role === 'observe'
            ? 'You watch: this link lets you do no more.'
            : 'You watch. “Take part” lets you steer.'}
        </p>
      )}
    </section>
  )
}

function Agent({ session }: { readonly session: Session }) {
  const module = AGENT.use()
  return module === undefined ? null : <module.AgentBar session={session} />
}

/** A link that leads to a session which is not there. */
function Missing({ app, session }: { readonly app: App; readonly session: Session }) {
  return (
    <section class="panel nothing">
      <h2>There is no session {session.parts.sessionId}</h2>
      <p class="hint">It was deleted, it is somebody else’s, or the link is not whole.</p>
      <button type="button" class="primary" onClick={() => app.leave()}>
        Back to the list
      </button>
    </section>
  )
}

interface LogProps {
  readonly rows: readonly Row[]
  readonly session: Session
  readonly app: App
}

function Log({ rows, session, app }: LogProps) {
  const { hidden } = app
  const { search } = session
  const { stream } = session.conversation
  const { current: absence } = session.absence
  const isStreaming = stream !== undefined && !hidden.has(stream.kind === 'message' ? 'talk' : 'thinking')
  const list = useRef(rows)
  list.current = rows
  const keyOf = useRef((index: number) => list.current[index]?.key ?? -1)
  const count = rows.length + (isStreaming ? 1 : 0)
  const { items, totalHeight, scroller, measure, isAtEnd, toEnd, toRow, scrolled } = useRows(count, keyOf.current)
  const reading = useReadingPlace(session, rows, { scroller, isAtEnd, items, toRow })
  const found = search.current
  useEffect(() => {
    const index = found === undefined ? -1 : rows.findIndex(({ key }) => key === found)
    if (index >= 0) toRow(index)
  }, [found])
  useHighlight(scroller, search.isOpen ? search.text : '')
  const total = session.conversation.rows.length
  return (
    <div class="log-box">
      <ConversationSearch session={session} rows={rows} />
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
        onWheel={reading.moved}
        onTouchMove={reading.moved}
        onKeyDown={reading.moved}
        onPointerDown={reading.moved}
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
                class={row !== undefined && row.key === found ? 'slot found' : 'slot'}
                data-index={index}
                ref={measure}
                style={{ transform: `translateY(${start}px)` }}
              >
                {row === undefined ? (
                  stream && <StreamView stream={stream} />
                ) : (
                  <RowView row={row} hasLead={session.leadConnected} />
                )}
              </div>
            )
          })}
        </div>
        {rows.length === 0 && !isStreaming && total === 0 && <p class="hint empty">Nothing has happened here yet.</p>}
        {rows.length === 0 && !isStreaming && total > 0 && (
          <p class="hint empty">
            {total.toLocaleString()} entries are hidden by filters.{' '}
            <button type="button" onClick={() => app.hide(new Set())}>
              Show all
            </button>
          </p>
        )}
      </div>
      {!isAtEnd && (
        <button type="button" class="to-end" onClick={toEnd}>
          Jump to the latest
        </button>
      )}
    </div>
  )
}
