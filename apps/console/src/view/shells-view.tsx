import { useEffect, useRef } from 'preact/hooks'
import type { Shell } from '../state/shell.ts'
import type { Shells } from '../state/shells.ts'
import { ShellList } from './shell-list.tsx'
import { useStore } from './use.ts'

/** The shells of this page, each goes on while another one is shown; and a list of all there are. */
export function ShellsView({ shells }: { readonly shells: Shells }) {
  useStore(shells)
  const { list, current } = shells
  return (
    <section class="panel shells" aria-labelledby="shells-title">
      <header class="panel-top">
        <h2 id="shells-title">Shells</h2>
        <fieldset class="filters">
          <legend class="hidden">Open shells</legend>
          <button
            type="button"
            class="chip"
            aria-pressed={current === undefined}
            onClick={() => shells.select(undefined)}
          >
            All
          </button>
          {list.map((shell) => (
            <button
              key={shell.id}
              type="button"
              class="chip"
              aria-pressed={shell === current}
              onClick={() => shells.select(shell)}
            >
              {shell.name}
            </button>
          ))}
          <button type="button" class="primary" onClick={() => shells.open()}>
            New shell
          </button>
        </fieldset>
      </header>
      {current === undefined ? (
        <ShellList shells={shells} />
      ) : (
        <ShellView key={`${current.id} ${current.observes}`} shell={current} shells={shells} />
      )}
    </section>
  )
}

function ShellView({ shell, shells }: { readonly shell: Shell; readonly shells: Shells }) {
  const { ending, role } = shell.session
  const isOver = ending !== undefined
  const isObserver = role === 'observer' || shell.observes
  return (
    <>
      <div class="row shell-bar">
        <code class="clip" title="Attach to it from elsewhere with this id">
          {shell.id}
        </code>
        {ending?.kind === 'kicked' && (
          <button type="button" onClick={() => void shells.reattach(shell, true)}>
            Watch
          </button>
        )}
        {((isObserver && !isOver) || ending?.kind === 'kicked') && (
          <button type="button" onClick={() => void shells.reattach(shell, false)}>
            Take over
          </button>
        )}
        <button type="button" onClick={() => leave(() => shells.detach(shell))}>
          {isOver ? 'Close' : 'Detach'}
        </button>
        {!isObserver && !isOver && (
          <button type="button" class="danger" onClick={() => leave(() => shells.kill(shell))}>
            End
          </button>
        )}
      </div>
      <TerminalBox shell={shell} />
      <p class="hint shell-note" role="status">
        {shell.lost ?? (isOver ? shell.explain() : isObserver ? 'You watch.' : 'Alt+1 … 4 leave the terminal.')}
      </p>
    </>
  )
}

/** The button that was pressed goes: the focus stays in the shells. */
function leave(left: () => Promise<void>): void {
  void left()
  requestAnimationFrame(() => {
    requestAnimationFrame(() => {
      document.querySelector<HTMLElement>('.terminal-box textarea, .shells .filters [aria-pressed="true"]')?.focus()
    })
  })
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
