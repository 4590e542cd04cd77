import { useEffect } from 'preact/hooks'
import { type App, VIEWS, type View } from '../state/app.ts'
import { ConversationView } from './conversation-view.tsx'
import { Doctor } from './doctor.tsx'
import { SessionList } from './session-list.tsx'
import { ShellsView } from './shells-view.tsx'
import { SignIn } from './sign-in.tsx'
import { useStore } from './use.ts'

const NAMES: Readonly<Record<View, string>> = {
  sessions: 'Sessions',
  conversation: 'Session',
  shells: 'Shells',
  doctor: 'Doctor',
}

/** The whole page. */
export function Console({ app }: { readonly app: App }) {
  useStore(app)
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => shortcut(app, event)
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [app])
  if (app.token === undefined) return <SignIn app={app} />
  return (
    <div class={`console view-${app.view}`}>
      <a class="skip" href="#main">
        Skip to the session
      </a>
      <Top app={app} />
      <SessionList app={app} />
      <main id="main" tabIndex={-1}>
        {app.view === 'shells' && app.shells !== undefined ? (
          <ShellsView shells={app.shells} />
        ) : app.session === undefined ? (
          <p class="hint empty">Join a session on the left, or make one.</p>
        ) : (
          <ConversationView session={app.session} />
        )}
      </main>
      <Doctor app={app} />
    </div>
  )
}

function Top({ app }: { readonly app: App }) {
  const { session } = app
  const state = session === undefined ? '' : session.isOver ? 'over' : session.trouble === undefined ? 'well' : 'away'
  const words = session?.trouble ?? (session?.leadConnected === true ? 'Live' : session === undefined ? '' : 'No lead')
  return (
    <header class="top">
      <h1>Holdfast</h1>
      <nav aria-label="Parts">
        {VIEWS.map((view, index) => (
          <button
            key={view}
            type="button"
            class={`tab tab-${view}`}
            aria-current={app.view === view ? 'page' : undefined}
            aria-keyshortcuts={`Alt+${index + 1}`}
            title={`Alt+${index + 1}`}
            onClick={() => app.show(view)}
          >
            {NAMES[view]}
          </button>
        ))}
      </nav>
      <p class={`state ${state}`} role="status">
        <span class="clip">{words}</span>
      </p>
    </header>
  )
}

/** Alt and a digit goes to a part; a slash to the composer. */
function shortcut(app: App, event: KeyboardEvent): void {
  const view = event.altKey ? VIEWS[Number(event.code.replace('Digit', '')) - 1] : undefined
  if (view !== undefined) {
    event.preventDefault()
    app.show(view)
    requestAnimationFrame(() => focusOn(view))
    return
  }
  const { target } = event
  const isTyping = target instanceof HTMLElement && target.closest('input, textarea, .terminal-box') !== null
  if (event.key !== '/' || isTyping) return
  event.preventDefault()
  app.show('conversation')
  requestAnimationFrame(() => document.getElementById('composer')?.focus())
}

const FIRST: Readonly<Record<View, string>> = {
  sessions: '.sessions .item, #new-session',
  conversation: '#composer, .log',
  shells: '.terminal-box textarea, .shells button',
  doctor: '.doctor button, .doctor summary',
}

function focusOn(view: View): void {
  document.querySelector<HTMLElement>(FIRST[view])?.focus()
}
