import { useEffect } from 'preact/hooks'
import type { App } from '../state/app.ts'
import type { Health } from '../state/health.ts'
import { VIEWS, type View } from '../state/place.ts'
import type { Rights } from '../state/rights.ts'
import { nameOf } from '../state/session-directory.ts'
import type { Shells } from '../state/shells/shells.ts'
import { ConversationView } from './conversation-view.tsx'
import { DemoBar } from './demo-bar.tsx'
import { Doctor } from './doctor.tsx'
import { Help } from './help.tsx'
import { lazily } from './lazy.ts'
import { RICH } from './rich.tsx'
import { SessionList } from './session-list.tsx'
import { SignIn } from './sign-in.tsx'
import { useOnline, useStore } from './use.ts'

const NAMES: Readonly<Record<View, string>> = {
  sessions: 'Sessions',
  conversation: 'Session',
  shells: 'Shells',
  doctor: 'Doctor',
  health: 'Health',
}

const SHELLS_VIEW = lazily(() => import('./shells-view.tsx'))
const HEALTH_VIEW = lazily(() => import('./health-view.tsx'))

/** The whole page. */
export function Console({ app }: { readonly app: App }) {
  useStore(app)
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => shortcut(app, event)
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [app])
  useEffect(() => {
    // When the network is away nothing can be fetched: what is drawn then has to be here.
    const { views = [], isOperator = false } = app.rights ?? {}
    if (views.length > 0) RICH.prefetch()
    if (views.includes('shells')) SHELLS_VIEW.prefetch()
    if (isOperator) HEALTH_VIEW.prefetch()
  }, [app.rights])
  if (app.token === undefined) return <SignIn app={app} />
  return (
    <div class={`console view-${app.view}${app.rights?.grant?.shell === undefined ? '' : ' no-sessions'}`}>
      <a class="skip" href="#main">
        Skip to the session
      </a>
      <Top app={app} />
      <main class="parts">
        <SessionList app={app} />
        <div class="middle" id="main" tabIndex={-1}>
          <DemoBar app={app} />
          <Main app={app} />
        </div>
        <Doctor app={app} />
      </main>
      <Help app={app} />
    </div>
  )
}

/** What is in the middle. */
function Main({ app }: { readonly app: App }) {
  const { view, shells, session, rights, health } = app
  if (view === 'shells') {
    return shells === undefined || rights === undefined ? <Coming /> : <ShellsPart shells={shells} rights={rights} />
  }
  if (view === 'health' && health !== undefined) return <HealthPart health={health} />
  return session === undefined ? <Nothing app={app} /> : <ConversationView session={session} app={app} />
}

function ShellsPart(props: { readonly shells: Shells; readonly rights: Rights }) {
  const module = SHELLS_VIEW.use()
  return module === undefined ? <Coming /> : <module.ShellsView {...props} />
}

function HealthPart({ health }: { readonly health: Health }) {
  const module = HEALTH_VIEW.use()
  return module === undefined ? <Coming /> : <module.HealthView health={health} />
}

/** Its code is on its way. */
function Coming() {
  return <section class="panel" aria-busy="true" />
}

/** What is shown where no session is joined. */
function Nothing({ app }: { readonly app: App }) {
  const shown = app.directory?.shown ?? []
  const live = shown.find(({ bucket }) => bucket === 'running') ?? shown[0]
  return (
    <section class="panel nothing">
      <h2>No session is open</h2>
      <p class="hint">A session is one agent at work: what it says, does and asks, for everybody who looks on.</p>
      {live === undefined ? (
        <p class="hint">
          There is none yet. Make one beside this, or let a command lead one:{' '}
          <code>{app.rights?.command} lead -- make test</code>
        </p>
      ) : (
        <button type="button" class="primary" onClick={() => app.join(live.sessionId)}>
          Join {nameOf(live)}
        </button>
      )}
    </section>
  )
}

function Top({ app }: { readonly app: App }) {
  return (
    <header class="top">
      <h1>
        <span class="logo" aria-hidden="true">
          H
        </span>
        Holdfast
      </h1>
      <nav aria-label="Parts">
        {VIEWS.filter((view) => app.rights?.views.includes(view)).map((view) => (
          <button
            key={view}
            type="button"
            class={`tab tab-${view}`}
            data-name={NAMES[view]}
            aria-current={app.view === view ? 'page' : undefined}
            aria-keyshortcuts={`Alt+${VIEWS.indexOf(view) + 1}`}
            title={`Alt+${VIEWS.indexOf(view) + 1}`}
            onClick={() => app.show(view)}
          >
            {NAMES[view]}
          </button>
        ))}
      </nav>
      <State app={app} />
      <button type="button" class="quiet sign-out" onClick={() => app.signOut()}>
        Sign out
      </button>
      <button
        type="button"
        class="help-button"
        aria-label="Keyboard help"
        aria-keyshortcuts="?"
        title="Keyboard help (?)"
        onClick={() => app.showHelp(true)}
      >
        ?
      </button>
    </header>
  )
}

/** How the joined session is connected, in words. Trouble that ends within a few seconds is not shown. */
function State({ app }: { readonly app: App }) {
  const isOnline = useOnline()
  const { session } = app
  if (session === undefined) return <p class="state" role="status" />
  const { trouble, isOver, leadConnected } = session
  const isAway = trouble !== undefined || session.outages.awaySince !== undefined
  const state = isOver ? 'over' : isAway ? 'away' : leadConnected ? 'well' : 'idle'
  const offline = 'You are offline. Reconnecting when the network is back …'
  const usual = isAway ? 'Away' : leadConnected ? 'Live' : 'No lead'
  const words = trouble === undefined ? usual : isOnline || isOver ? trouble : offline
  return (
    <p class={`state ${state}`} role="status" title={words}>
      <span class="dot" aria-hidden="true" />
      <span class="clip">{words}</span>
    </p>
  )
}

/** Alt and a digit goes to a part, Ctrl+F searches the session, a slash goes to the composer, a question mark to the help. */
function shortcut(app: App, event: KeyboardEvent): void {
  if (searches(event) && app.session !== undefined && app.view === 'conversation') {
    event.preventDefault()
    return app.session.search.open(true)
  }
  const { views = [] } = app.rights ?? {}
  const wanted = event.altKey ? VIEWS[Number(event.code.replace('Digit', '')) - 1] : undefined
  const view = views.find((one) => one === wanted)
  const step = event.altKey && views.includes('shells') ? STEPS[event.key] : undefined
  if (view === undefined && step === undefined) return single(app, event)
  event.preventDefault()
  if (step !== undefined) void app.openShells().then((shells) => shells.step(step))
  app.show(view ?? 'shells')
  requestAnimationFrame(() => focusOn(view ?? 'shells'))
}

/** What the browser's own search would find is a small part: only what is seen is in the document. */
function searches({ ctrlKey, metaKey, altKey, shiftKey, key }: KeyboardEvent): boolean {
  return (ctrlKey || metaKey) && !altKey && !shiftKey && key.toLowerCase() === 'f'
}

const STEPS: Readonly<Record<string, 1 | -1>> = { PageDown: 1, PageUp: -1 }

/** A key by itself means something only outside of inputs. */
function single(app: App, event: KeyboardEvent): void {
  const { target, key } = event
  const isTyping =
    target instanceof HTMLElement && target.closest('input, textarea, .terminal-box, dialog[open]') !== null
  if (isTyping || event.ctrlKey || event.metaKey || (key !== '/' && key !== '?')) return
  event.preventDefault()
  if (key === '?') return app.showHelp(true)
  app.show('conversation')
  requestAnimationFrame(() => document.getElementById('composer')?.focus())
}

const FIRST: Readonly<Record<View, string>> = {
  sessions: '.sessions .item, #new-session',
  conversation: '#composer, .log, .nothing button',
  shells: '.terminal-box textarea, .shells button',
  doctor: '.doctor button, .doctor summary',
  health: '.health button, .health-body',
}

function focusOn(view: View): void {
  document.querySelector<HTMLElement>(FIRST[view])?.focus()
}
