import { useEffect, useRef, useState } from 'preact/hooks'
import type { Shell, Shells } from '../state/shells.ts'
import { useStore } from './use.ts'

/** The shells of this page. Each goes on while another one is shown. */
export function ShellsView({ shells }: { readonly shells: Shells }) {
  useStore(shells)
  const { list, current } = shells
  return (
    <section class="panel shells" aria-labelledby="shells-title">
      <header class="panel-top">
        <h2 id="shells-title">Shells</h2>
        <fieldset class="filters">
          <legend class="hidden">Open shells</legend>
          {list.map((shell, index) => (
            <button
              key={shell.id}
              type="button"
              class="chip"
              aria-pressed={shell === current}
              onClick={() => shells.select(shell)}
            >
              {shell.observes ? 'Watching' : 'Shell'} {index + 1}
            </button>
          ))}
          <button type="button" class="primary" onClick={() => shells.open()}>
            New shell
          </button>
        </fieldset>
      </header>
      {current === undefined ? (
        <Attach shells={shells} />
      ) : (
        <ShellView key={current.id} shell={current} shells={shells} />
      )}
    </section>
  )
}

function Attach({ shells }: { readonly shells: Shells }) {
  const [shellId, setShellId] = useState('')
  return (
    <form
      class="attach"
      onSubmit={(event) => {
        event.preventDefault()
        shells.open({ shellId: shellId.trim(), observes: true })
      }}
    >
      <p>A shell of the gateway’s machine. It survives cuts and reloads, and goes on when you leave it.</p>
      <label for="shell-id">Watch, or take over, a shell by its id</label>
      <div class="row">
        <input
          id="shell-id"
          required
          pattern="[A-Za-z0-9][A-Za-z0-9_\-]*"
          value={shellId}
          onInput={(event) => setShellId(event.currentTarget.value)}
        />
        <button type="submit">Attach</button>
      </div>
    </form>
  )
}

function ShellView({ shell, shells }: { readonly shell: Shell; readonly shells: Shells }) {
  const isOver = shell.session.ending !== undefined
  const isObserver = shell.session.role === 'observer' || shell.observes
  return (
    <>
      <div class="row shell-bar">
        <code class="clip" title="Attach to it from elsewhere with this id">
          {shell.id}
        </code>
        {isObserver && !isOver && (
          <button type="button" onClick={() => takeOver(shell, shells)}>
            Take over
          </button>
        )}
        <button type="button" onClick={() => void shells.detach(shell)}>
          {isOver ? 'Close' : 'Detach'}
        </button>
        {!isObserver && !isOver && (
          <button type="button" class="danger" onClick={() => void shells.kill(shell)}>
            End
          </button>
        )}
      </div>
      <TerminalBox shell={shell} />
      <p class="hint shell-note" role="status">
        {shell.lost ?? (isOver ? shell.explain() : 'Alt+1 … 4 leave the terminal.')}
      </p>
    </>
  )
}

/** The same shell as its writer: the one who wrote until now is told. */
function takeOver(shell: Shell, shells: Shells): void {
  const shellId = shell.id
  void shells.detach(shell).then(() => shells.open({ shellId }))
}

/** Terminals are large: their code comes when the first one is opened. */
function TerminalBox({ shell }: { readonly shell: Shell }) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    let unmount: (() => void) | undefined
    let isGone = false
    void import('./terminal.ts').then(({ TerminalScreen }) => {
      if (isGone || box.current === null) return
      const screen = shell.screen instanceof TerminalScreen ? shell.screen : new TerminalScreen(shell)
      shell.screen = screen
      unmount = screen.mount(box.current)
      screen.focus()
    })
    return () => {
      isGone = true
      unmount?.()
    }
  }, [shell])
  return <div class="terminal-box" ref={box} data-shell={shell.id} />
}
