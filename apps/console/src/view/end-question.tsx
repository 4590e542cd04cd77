import { useEffect, useRef } from 'preact/hooks'
import type { ShellEnds } from '../state/shells/shell-ends.ts'
import { useStore } from './use.ts'

/** Asks before a program is ended, and lets it be taken back for a moment after that. */
export function EndQuestion({ ends }: { readonly ends: ShellEnds }) {
  useStore(ends)
  const dialog = useRef<HTMLDialogElement>(null)
  const { asked, pending, problem } = ends
  useEffect(() => {
    if (asked !== undefined) dialog.current?.showModal()
    else dialog.current?.close()
  }, [asked])
  return (
    <>
      <dialog ref={dialog} class="help question-dialog" aria-labelledby="end-title" onCancel={() => ends.answer(false)}>
        <h2 id="end-title">End {asked?.name}?</h2>
        <p>{asked?.about}</p>
        <div class="row">
          <button type="button" onClick={() => ends.answer(false)}>
            Keep it
          </button>
          <button type="button" class="danger" onClick={() => ends.answer(true)}>
            End it
          </button>
        </div>
      </dialog>
      <div class="undo-bar" role="status">
        {pending.map((request) => (
          <p key={request.shellId} class="row">
            <span class="clip">{request.name} ends in a moment.</span>
            <button type="button" onClick={() => ends.undo(request)}>
              Undo
            </button>
            <button type="button" class="quiet" onClick={() => void ends.now(request)}>
              Now
            </button>
          </p>
        ))}
        {problem !== undefined && <p class="problem">{problem}</p>}
      </div>
    </>
  )
}
