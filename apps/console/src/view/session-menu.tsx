import type { HubSessionSummary } from '@holdfast/protocol/hub/rest'
import { useRef } from 'preact/hooks'
import type { App } from '../state/app.ts'
import { nameOf, type SessionDirectory } from '../state/session-directory.ts'

interface MenuProps {
  readonly app: App
  readonly directory: SessionDirectory
  readonly session: HubSessionSummary
  readonly rename: () => void
}

/** What can be done with a session beside joining it. */
export function SessionMenu({ app, directory, session, rename }: MenuProps) {
  const menu = useRef<HTMLDetailsElement>(null)
  const dialog = useRef<HTMLDialogElement>(null)
  const isArchived = session.bucket === 'history'
  const name = nameOf(session)
  const choose = (run: () => void) => () => {
    if (menu.current !== null) menu.current.open = false
    run()
  }
  return (
    <>
      <details
        class="menu session-menu"
        ref={menu}
        onKeyDown={(event) => {
          if (event.key === 'Escape') choose(() => {})()
        }}
      >
        <summary aria-label={`More for ${name}`}>⋯</summary>
        <div class="menu-box">
          <button type="button" onClick={choose(rename)}>
            Rename
          </button>
          <button type="button" onClick={choose(() => void directory.archive(session, !isArchived))}>
            {isArchived ? 'Take out of the archive' : 'Archive'}
          </button>
          <button type="button" class="danger" onClick={choose(() => dialog.current?.showModal())}>
            Delete …
          </button>
        </div>
      </details>
      <dialog ref={dialog} class="help question-dialog" aria-label={`Delete ${name}?`}>
        <h2>Delete {name}?</h2>
        <p>All that was said and done in it is deleted, for everybody and for good. Archiving only puts it away.</p>
        <form method="dialog" class="row">
          <button type="submit">Keep it</button>
          <button
            type="submit"
            class="danger"
            onClick={() => {
              if (app.session?.parts.sessionId === session.sessionId) app.leave()
              void directory.remove(session.sessionId)
            }}
          >
            Delete it
          </button>
        </form>
      </dialog>
    </>
  )
}
