import { useRef, useState } from 'preact/hooks'
import type { Session } from '../state/session.ts'

/** Where a person steers the lead. What is sent while the network is away arrives when it is back, once. */
export function Composer({ session }: { readonly session: Session }) {
  const [text, setText] = useState('')
  const form = useRef<HTMLFormElement>(null)
  const { isThere, isWorking } = session.agent
  const send = (): void => {
    const message = text.trim()
    if (message === '') return
    setText('')
    void session.steer(message)
  }
  return (
    <form
      class="composer"
      ref={form}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <label class="hidden" for="composer">
        {isThere ? 'Prompt the agent' : 'Tell the lead what to do'}
      </label>
      <textarea
        id="composer"
        rows={1}
        placeholder={isThere ? 'Prompt the agent; / begins a command' : 'Steer the lead; / begins a command'}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
          event.preventDefault()
          send()
        }}
      />
      {isThere && isWorking && (
        <button type="button" onClick={() => void session.control.cancel()}>
          Stop
        </button>
      )}
      <button type="submit" class="primary" disabled={text.trim() === ''}>
        Send
      </button>
    </form>
  )
}
