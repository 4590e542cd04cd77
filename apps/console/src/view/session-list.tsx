import type { HubSessionSummary } from '@holdfast/protocol/hub'
import { useState } from 'preact/hooks'
import type { App } from '../state/app.ts'
import { TaskList } from './task-list.tsx'

const BUCKETS: Readonly<Record<string, string>> = { running: 'Live', paused: 'No lead', history: 'Archived' }

/** All sessions of the gateway: join one, or make one. */
export function SessionList({ app }: { readonly app: App }) {
  const [label, setLabel] = useState('')
  return (
    <section class="panel sessions" aria-labelledby="sessions-title">
      <h2 id="sessions-title">Sessions</h2>
      <ul class={`plain${app.problem === undefined ? '' : ' stale'}`}>
        {app.sessions.map((session) => (
          <SessionItem key={session.sessionId} app={app} session={session} />
        ))}
      </ul>
      {app.sessions.length === 0 && <p class="hint">There is no session yet.</p>}
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
      <p role="status" class="problem">
        {app.problem}
      </p>
      {app.session !== undefined && <People app={app} />}
    </section>
  )
}

function SessionItem({ app, session }: { readonly app: App; readonly session: HubSessionSummary }) {
  const { sessionId, label, bucket = '', participantCount = 0 } = session
  const isCurrent = app.session?.parts.sessionId === sessionId
  return (
    <li>
      <button
        type="button"
        class="item"
        aria-current={isCurrent ? 'true' : undefined}
        onClick={() => app.join(sessionId)}
      >
        <span class="name">{label === '' ? sessionId : label}</span>
        <span class="detail">
          <span class={`dot ${bucket}`} aria-hidden="true" />
          {BUCKETS[bucket] ?? bucket} · {participantCount === 1 ? '1 person' : `${participantCount} people`}
        </span>
      </button>
    </li>
  )
}

/** Who is in the joined session, and what it is doing. */
function People({ app }: { readonly app: App }) {
  const { session } = app
  if (session === undefined) return null
  const { role, sessionId } = session.parts
  const other = role === 'controller' ? 'observer' : 'controller'
  return (
    <>
      <h3>Here now</h3>
      <ul class="plain people">
        {session.participants.map((one) => (
          <li key={one.id}>
            <span class={`dot role-${one.role}`} aria-hidden="true" />
            {one.role} <span class="detail">over {one.transport}</span>
          </li>
        ))}
      </ul>
      <button type="button" class="quiet" onClick={() => app.join(sessionId, other)}>
        {role === 'controller' ? 'Only watch' : 'Take part'}
      </button>
      <h3>Tasks</h3>
      <TaskList tasks={session.conversation.tasks} />
    </>
  )
}
