import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'

interface ConfirmButtonProps {
  /** What the button says that asks. */
  readonly button: string
  readonly title: string
  readonly no: string
  readonly yes: string
  readonly run: () => void
  readonly children: ComponentChildren
}

/** A button that does something only after it was asked. */
export function ConfirmButton({ button, title, no, yes, run, children }: ConfirmButtonProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  return (
    <>
      <button type="button" class="danger" onClick={() => dialog.current?.showModal()}>
        {button}
      </button>
      <dialog ref={dialog} class="help question-dialog" aria-label={title}>
        <h2>{title}</h2>
        <p>{children}</p>
        <form method="dialog" class="row">
          <button type="submit">{no}</button>
          <button type="submit" class="danger" onClick={run}>
            {yes}
          </button>
        </form>
      </dialog>
    </>
  )
}
