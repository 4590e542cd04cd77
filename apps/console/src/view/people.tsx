import type { HubParticipant } from '@holdfast/protocol/hub'
import { visibleText } from '@holdfast/protocol/text'
import type { App } from '../state/app.ts'
import type { Session } from '../state/session.ts'
import { TaskList } from './task-list.tsx'

/** Who is in the joined session, and what it is doing. */
export function People({ app, session }: { readonly app: App; readonly session: Session }) {
  const { role, sessionId } = session.parts
  const other = role === 'controller' ? 'observer' : 'controller'
  return (
    <>
      <h3>Here now</h3>
      <ul class="plain people">
        {session.participants.map((one) => (
          <li key={one.id}>
            <span class={`dot role-${one.role}`} aria-hidden="true" />
            {calledBy(one)}
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

/** A name, where the gateway tells one. */
function calledBy({ metadata }: HubParticipant): string {
  const name = metadata?.['displayName'] ?? metadata?.['name'] ?? metadata?.['userId'] ?? metadata?.['principal']
  return typeof name === 'string' && name !== '' ? `${visibleText(name)}, ` : ''
}
