import { useEffect, useRef } from 'preact/hooks'
import type { App } from '../state/app.ts'

const KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['Alt+1', 'Alt+2', 'Alt+3', 'Alt+4', 'Alt+5'], 'sessions, session, shells, doctor, health; also out of a terminal'],
  [['Ctrl+F'], 'search in the session'],
  [['/'], 'the line that steers the lead'],
  [['Enter'], 'send; with Shift a new line'],
  [['Alt+PageDown', 'Alt+PageUp'], 'the next shell, the one before'],
  [['Ctrl+Shift+C', 'Ctrl+Shift+V', 'Ctrl+Shift+F'], 'in a terminal: copy, paste, search'],
  [['Tab', 'Shift+Tab'], 'the next button, the one before'],
  [['?'], 'this help; Esc closes it'],
]

/** Every key that the console knows. */
export function Help({ app }: { readonly app: App }) {
  const dialog = useRef<HTMLDialogElement>(null)
  // The browser keeps the focus inside while it is open, and gives it back where it was.
  useEffect(() => {
    if (app.isHelpOpen) dialog.current?.showModal()
    else dialog.current?.close()
  }, [app.isHelpOpen])
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={() => app.showHelp(false)}>
      <h2 id="help-title">Keyboard</h2>
      <dl>
        {KEYS.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="hint">Holdfast {app.rights?.version}</p>
      <form method="dialog">
        <button type="submit" class="primary">
          Close
        </button>
      </form>
    </dialog>
  )
}
