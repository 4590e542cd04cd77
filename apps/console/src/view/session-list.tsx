import type { HubSessionSummary } from '@holdfast/protocol/hub/rest'
import { useState } from 'preact/hooks'
import type { App } from '../state/app.ts'
import type { Session } from '../state/session.ts'
import { activityOf, nameOf, type SessionDirectory } from '../state/session-directory.ts'
import { ago, plural } from './format.ts'
import { People } from './people.tsx'
import { SessionMenu } from './session-menu.tsx'

const BUCKETS: Readonly<Record<string, string>> = { running: 'Live', paused: 'No lead', history: 'Archived' }
/** So many are looked through by eye. */
const SEARCH_FROM = 6

/** All sessions of the gateway, the one in which something happened last first: join one, make one, tidy up. */
export function SessionList({ app }: { readonly app: App }) {
  const { directory, session } = app
  // A person with a share link sees the one session that it leads to, and who is in it.
  if (directory === undefined) return session === undefined ? null : <SharedSession app={app} session={session} />
  const { list, shown, query, problem, isKnown } = directory
  return (
    <section class="panel sessions" aria-labelledby="sessions-title">
      <h2 id="sessions-title">Sessions</h2>
      {(list.length >= SEARCH_FROM || query !== '') && <Search directory={directory} />}
      <ul class={`plain${problem === undefined ? '' : ' stale'}`}>
        {shown.map((session) => (
          <SessionItem key={session.sessionId} app={app} directory={directory} session={session} />
        ))}
      </ul>
      {isKnown && shown.length === 0 && (
        <p class="hint">{query === '' ? noneWords(app, list.length) : `No session has “${query}” in it.`}</p>
      )}
      <Hidden directory={directory} />
      {app.rights?.makesSessions === true && <Create app={app} />}
      <Notify app={app} />
      <p role="status" class="problem">
        {problem}
      </p>
      {app.session !== undefined && <People app={app} session={app.session} />}
    </section>
  )
}

/** The browser asks the person only where they want it. */
function Notify({ app }: { readonly app: App }) {
  if (!app.attention.mayAsk || app.directory?.list.some(({ tags }) => tags?.includes('acp')) !== true) return null
  return (
    <button
      type="button"
      class="quiet"
      onClick={() => void app.attention.ask().then(() => app.showHelp(app.isHelpOpen))}
    >
      Notify me when an agent asks
    </button>
  )
}

function SharedSession({ app, session }: { readonly app: App; readonly session: Session }) {
  return (
    <section class="panel sessions" aria-label="Who is here">
      <People app={app} session={session} />
    </section>
  )
}

function noneWords(app: App, hidden: number): string {
  if (hidden > 0) return 'All of them are put away.'
  return app.rights?.makesSessions === true
    ? 'There is no session yet. Make one below, or let a command lead one.'
    : 'There is no session yet that you may see.'
}

function Search({ directory }: { readonly directory: SessionDirectory }) {
  return (
    <>
      <label class="hidden" for="session-search">
        Search sessions
      </label>
      <input
        id="session-search"
        type="search"
        autocomplete="off"
        placeholder="Search sessions"
        value={directory.query}
        onInput={(event) => directory.search(event.currentTarget.value)}
      />
    </>
  )
}

/** Tasks, and what was put away, are not seen, and can be; what was put away last can be taken back at once. */
function Hidden({ directory }: { readonly directory: SessionDirectory }) {
  const { archived, archivedCount, showsArchived, taskCount, showsTasks } = directory
  return (
    <>
      {archived !== undefined && (
        <p class="hint row" role="status">
          <span class="clip">Archived {nameOf(archived)}.</span>
          <button type="button" class="quiet" onClick={() => void directory.archive(archived, false)}>
            Undo
          </button>
        </p>
      )}
      {taskCount > 0 && (
        <button type="button" class="quiet" aria-pressed={showsTasks} onClick={() => directory.showTasks(!showsTasks)}>
          {showsTasks ? 'Hide tasks of the tracker' : `Show ${plural(taskCount, 'task')} of the tracker`}
        </button>
      )}
      {archivedCount > 0 && (
        <button
          type="button"
          class="quiet"
          aria-pressed={showsArchived}
          onClick={() => directory.showArchived(!showsArchived)}
        >
          {showsArchived ? 'Hide archived' : `Show ${archivedCount} archived`}
        </button>
      )}
    </>
  )
}

function Create({ app }: { readonly app: App }) {
  const [label, setLabel] = useState('')
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault()
        void app.create(label.trim())
        setLabel('')
      }}
    >
      <label class="hidden" for="new-session">
        Name of a new session
      </label>
      <input
        id="new-session"
        placeholder="New session"
        required
        maxLength={200}
        value={label}
        onInput={(event) => setLabel(event.currentTarget.value)}
      />
      <button type="submit">Create</button>
    </form>
  )
}

interface ItemProps {
  readonly app: App
  readonly directory: SessionDirectory
  readonly session: HubSessionSummary
}

function SessionItem({ app, directory, session }: ItemProps) {
  const [isRenaming, setRenaming] = useState(false)
  const { sessionId, bucket = '', participantCount = 0 } = session
  const isCurrent = app.session?.parts.sessionId === sessionId
  if (isRenaming) {
    const rename = (label: string): void => {
      setRenaming(false)
      if (label !== '' && label !== session.label) void directory.rename(sessionId, label)
    }
    return (
      <li>
        <Rename label={session.label} rename={rename} cancel={() => setRenaming(false)} />
      </li>
    )
  }
  return (
    <li class="session-item">
      <button
        type="button"
        class="item"
        aria-current={isCurrent ? 'true' : undefined}
        onClick={() => app.join(sessionId)}
      >
        <span class="name">{nameOf(session)}</span>
        <span class="detail">
          <span class={`dot ${bucket}`} aria-hidden="true" />
          {BUCKETS[bucket] ?? bucket} · {participantCount === 1 ? '1 person' : `${participantCount} people`}
        </span>
        <span class="detail" title={new Date(activityOf(session)).toLocaleString()}>
          {ago(Date.now() - activityOf(session))}
          {(session.waitingQuestions ?? 0) > 0 && (
            <span class="waits"> · {plural(session.waitingQuestions ?? 0, 'question')} waiting</span>
          )}
          {(session.taskCount ?? 0) > 0 && ` · ${plural(session.taskCount ?? 0, 'task')}`}
        </span>
      </button>
      {app.rights?.makesSessions === true && (
        <SessionMenu app={app} directory={directory} session={session} rename={() => setRenaming(true)} />
      )}
    </li>
  )
}

interface RenameProps {
  readonly label: string
  readonly rename: (label: string) => void
  readonly cancel: () => void
}

function Rename({ label, rename, cancel }: RenameProps) {
  const [text, setText] = useState(label)
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault()
        rename(text.trim())
      }}
    >
      <label class="hidden" for="session-name">
        Name of the session
      </label>
      <input
        id="session-name"
        ref={(input) => input?.focus()}
        maxLength={200}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') cancel()
        }}
      />
      <button type="submit">Save</button>
    </form>
  )
}
