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
            {calledBy(one)} {doesWhat(one.role)} <span class="detail">over {transportWords(one.transport)}</span>
          </li>
        ))}
      </ul>
      {app.rights?.grant?.role !== 'observe' && (
        <button type="button" class="quiet" onClick={() => app.join(sessionId, other)}>
          {role === 'controller' ? 'Only watch' : 'Take part'}
        </button>
      )}
      <h3>Tasks</h3>
      <TaskList tasks={session.conversation.tasks} />
    </>
  )
}

/** A name, where the gateway has that of a person or a program. */
function calledBy({ metadata }: HubParticipant): string {
  const name = metadata?.['displayName'] ?? metadata?.['name'] ?? metadata?.['userId'] ?? metadata?.['principal']
  return typeof name === 'string' && name !== '' && name !== UNNAMED ? principalWords(name) : 'Somebody'
}

const DOES: Readonly<Record<string, string>> = {
  lead: 'leads',
  controller: 'steers',
  observer: 'watches',
  sub_agent: 'helps the lead',
}
const TRANSPORTS: Readonly<Record<string, string>> = { ws: 'a WebSocket', sse: 'an event stream' }

/** A role as people say it. */
export function doesWhat(role: string): string {
  return DOES[role] ?? role
}

/** How a client is connected, in plain words. */
export function transportWords(transport: string): string {
  return TRANSPORTS[transport] ?? transport
}

/** Whom a token stands for that was given no name. */
const UNNAMED = 'default'
const OF_A_LINK = 'grant:'

/** Whom credentials stand for, as people say it. */
export function principalWords(principal: string): string {
  if (principal === UNNAMED) return 'the gateway’s own token'
  if (principal.startsWith(OF_A_LINK)) return `a shared link (${visibleText(principal.slice(OF_A_LINK.length))})`
  return visibleText(principal)
}
