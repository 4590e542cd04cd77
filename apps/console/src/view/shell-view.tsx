import { useEffect, useRef, useState } from 'preact/hooks'
import type { Rights } from '../state/rights.ts'
import type { Shell } from '../state/shells/shell.ts'
import type { Shells } from '../state/shells/shells.ts'
import type { TerminalFace } from '../state/shells/terminal-face.ts'
import { AwayStrip, keptBytes } from './away-strip.tsx'
import { KeyRow } from './key-row.tsx'
import { lazily } from './lazy.ts'
import { OutageLine } from './outage-line.tsx'
import { endRequest } from './shell-list.tsx'
import type { TerminalScreen } from './terminal.ts'
import { TerminalMenu } from './terminal-menu.tsx'
import { TerminalSearch } from './terminal-search.tsx'
import { useStore } from './use.ts'

interface ShellViewProps {
  readonly shell: Shell
  readonly shells: Shells
  /** A person with a share link may do what the link permits. */
  readonly grant: Rights['grant']
}

/** One shell: what can be done with it, its terminal, and how its connection is. */
export function ShellView({ shell, shells, grant }: ShellViewProps) {
  useStore(shell.face)
  const [screen, setScreen] = useState<TerminalScreen>()
  const { ending, role } = shell.session
  const isOver = ending !== undefined
  const isObserver = role === 'observer' || shell.observes
  const [isDeclined, setDeclined] = useState(false)
  const isOffered = grant?.role === 'write' && isObserver && !isOver && !isDeclined
  const last = shell.outages.list.at(-1)
  const standing = isOver ? shell.explain() : isObserver ? watchedWords(shell.face.watching) : undefined
  const note = shell.face.hint ?? shell.lost ?? standing
  const { size } = shell.face
  return (
    <>
      <ShellBar shell={shell} shells={shells} grant={grant} isOffered={isOffered} />
      {isOffered && <KeyboardOffer shell={shell} shells={shells} decline={() => setDeclined(true)} />}
      <div class="terminal-area">
        {!isOver && (
          <AwayStrip
            outages={shell.outages}
            explain={() => shell.explain()}
            kept={() => (isObserver ? 'Nothing of the output is lost.' : keptBytes(shell.session.unacknowledgedBytes))}
            tryNow={() => shell.tryNow()}
          />
        )}
        <TerminalBox shell={shell} shells={shells} opened={setScreen} />
        {screen !== undefined && <TerminalSearch shell={shell} screen={screen} />}
        {size !== undefined && (
          <p class="terminal-size" aria-hidden="true">
            {size.columns} × {size.rows}
          </p>
        )}
      </div>
      {screen !== undefined && !isObserver && !isOver && <KeyRow shell={shell} screen={screen} />}
      <div class="shell-foot">
        {last !== undefined && <OutageLine key={last.number} outage={last} />}
        <p class={`hint shell-note${note === undefined && last !== undefined ? ' hidden' : ''}`} role="status">
          {note ?? <span class="with-keyboard">Alt+1 … 5 leave the terminal.</span>}
        </p>
      </div>
    </>
  )
}

/** What an observer reads about the size of the screen. */
function watchedWords(watching: TerminalFace['watching']): string {
  if (watching === undefined) return 'You watch.'
  const size = `${watching.columns} × ${watching.rows}`
  if (watching.scale === 1) return `You watch a screen of ${size}.`
  return `You watch a screen of ${size}, shown at ${Math.round(watching.scale * 100)} %.`
}

interface KeyboardOfferProps {
  readonly shell: Shell
  readonly shells: Shells
  readonly decline: () => void
}

/** Who came by a link that lets type is asked before anything is taken from anybody. */
function KeyboardOffer({ shell, shells, decline }: KeyboardOfferProps) {
  const hasWriter = shells.known?.find(({ shellId }) => shellId === shell.id)?.hasWriter !== false
  return (
    <section class="keyboard-offer" aria-label="Keyboard">
      <p>
        You watch. This link lets you type, too.
        {hasWriter && ' The present writer loses the keyboard to you, and is notified.'}
      </p>
      <div class="row">
        <button type="button" class="primary" onClick={() => void shells.reattach(shell, false)}>
          Take the keyboard
        </button>
        <button type="button" onClick={decline}>
          Only watch
        </button>
      </div>
    </section>
  )
}

function ShellBar({ shell, shells, grant, isOffered }: ShellViewProps & { readonly isOffered: boolean }) {
  const { ending, role } = shell.session
  const isOver = ending !== undefined
  const isObserver = role === 'observer' || shell.observes
  const known = shells.known?.find((one) => one.shellId === shell.id)
  const mayEnd = grant === undefined && !isObserver && !isOver && known?.may.includes('kill') !== false
  const mayWrite = grant === undefined ? known?.may.includes('write') !== false : grant.role === 'write'
  const ids = { shellId: shell.id, sessionId: shell.session.sessionId }
  return (
    <div class="row shell-bar">
      <strong class="clip">{shells.nameOf(shell)}</strong>
      <code class="clip" title="Attach to it from elsewhere with this id">
        {shell.id}
      </code>
      {ending?.kind === 'kicked' && (
        <button type="button" onClick={() => void shells.reattach(shell, true)}>
          Watch
        </button>
      )}
      {mayWrite && !isOffered && ((isObserver && !isOver) || ending?.kind === 'kicked') && (
        <button type="button" onClick={() => void shells.reattach(shell, false)}>
          Take over
        </button>
      )}
      {!isObserver && !isOver && <Rename name={known?.name ?? ''} rename={(name) => void shells.rename(ids, name)} />}
      <button
        type="button"
        class="icon"
        aria-label="Search"
        title="Search (Ctrl+Shift+F)"
        onClick={() => shell.face.search(!shell.face.isSearching)}
      >
        ⌕
      </button>
      <TerminalMenu settings={shells.settings} />
      <button type="button" onClick={() => leave(() => shells.detach(shell))}>
        {isOver ? 'Close' : 'Detach'}
      </button>
      {mayEnd && (
        <button
          type="button"
          class="danger"
          onClick={() =>
            void shells.find(shell.id).then((listing) => {
              shells.ends.ask(endRequest(ids, listing, shells.nameOf(shell), () => leave(() => shells.end(ids))))
            })
          }
        >
          End
        </button>
      )}
    </div>
  )
}

/** A name that everybody sees who sees the shell. */
function Rename({ name, rename }: { readonly name: string; readonly rename: (name: string) => void }) {
  const [text, setText] = useState<string>()
  if (text === undefined) {
    return (
      <button type="button" class="icon" aria-label="Rename" title="Rename" onClick={() => setText(name)}>
        ✎
      </button>
    )
  }
  return (
    <form
      class="row rename"
      onSubmit={(event) => {
        event.preventDefault()
        rename(text)
        setText(undefined)
      }}
    >
      <label class="hidden" for="shell-name">
        Name of the shell
      </label>
      <input
        id="shell-name"
        ref={(input) => input?.focus()}
        maxLength={100}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') setText(undefined)
        }}
      />
      <button type="submit">Save</button>
    </form>
  )
}

/** The button that was pressed goes: the focus stays in the shells. */
function leave(left: () => Promise<void>): Promise<void> {
  const leaving = left()
  requestAnimationFrame(() => {
    requestAnimationFrame(() => {
      document.querySelector<HTMLElement>('.terminal-box textarea, .shells .filters [aria-pressed="true"]')?.focus()
    })
  })
  return leaving
}

interface TerminalBoxProps {
  readonly shell: Shell
  readonly shells: Shells
  readonly opened: (screen: TerminalScreen) => void
}

/** Terminals are large: their code comes when the first one is opened. */
const TERMINAL = lazily(() => import('./terminal.ts'))

function TerminalBox({ shell, shells, opened }: TerminalBoxProps) {
  const box = useRef<HTMLDivElement>(null)
  const module = TERMINAL.use()
  useEffect(() => {
    if (module === undefined || box.current === null) return
    const { TerminalScreen } = module
    const screen = shell.screen instanceof TerminalScreen ? shell.screen : new TerminalScreen(shell, shells.settings)
    shell.screen = screen
    const unmount = screen.mount(box.current)
    screen.focus()
    opened(screen)
    return unmount
  }, [shell, module])
  return <div class={`terminal-box theme-${shells.settings.choices.theme}`} ref={box} data-shell={shell.id} />
}
