import type { ShellListing } from '@holdfast/protocol/shell'
import { useState } from 'preact/hooks'
import type { Shells } from '../state/shells.ts'
import { ago, plural, size } from './format.ts'

/** Every shell that this person may see, open in this page or not. */
export function ShellList({ shells }: { readonly shells: Shells }) {
  const { known, problem } = shells
  return (
    <div class="shell-list">
      <p class="hint">
        Programs on the gateway’s machine. They survive cuts and reloads, and go on when you leave them.
      </p>
      <p role="status" class="problem">
        {problem}
      </p>
      {known?.length === 0 && (
        <div class="nothing">
          <p class="hint">No shell runs.</p>
          <button type="button" onClick={() => shells.open()}>
            Open the first one
          </button>
        </div>
      )}
      <ul class={`plain${problem === undefined ? '' : ' stale'}`} aria-label="All shells">
        {known?.map((shell) => (
          <Item key={`${shell.sessionId} ${shell.shellId}`} shell={shell} shells={shells} />
        ))}
      </ul>
      <Attach shells={shells} />
    </div>
  )
}

function Item({ shell, shells }: { readonly shell: ShellListing; readonly shells: Shells }) {
  const { shellId, sessionId, program, startedAt, running, hasWriter, attached, outputBytes, may } = shell
  const here = shells.here(shellId)
  const mayWrite = may.includes('write') && (!hasWriter || may.includes('takeover'))
  const name = program === '' ? shellId : program
  return (
    <li class="shell-item" aria-label={name}>
      <div class="about">
        <code class="clip" title={name}>
          {name}
        </code>
        <p class="detail clip">
          <span class={`dot ${running ? 'running' : ''}`} aria-hidden="true" />
          {stateOf(shell)} · {ago(Date.now() - startedAt)} · {plural(attached, 'client')} · {size(outputBytes)} ·{' '}
          {shellId}
        </p>
      </div>
      <div class="row">
        {here !== undefined ? (
          <button type="button" onClick={() => shells.select(here)}>
            Show
          </button>
        ) : (
          <>
            {mayWrite && (
              <button type="button" onClick={() => shells.open({ shellId, sessionId })}>
                {hasWriter ? 'Take over' : running ? 'Attach' : 'Read'}
              </button>
            )}
            {running && (
              <button type="button" onClick={() => shells.open({ shellId, sessionId, observes: true })}>
                Watch
              </button>
            )}
          </>
        )}
        {running && may.includes('kill') && mayWrite && (
          <button type="button" class="danger" onClick={() => void shells.end(shell)}>
            End
          </button>
        )}
      </div>
    </li>
  )
}

function stateOf({ running, exitCode, hasWriter }: ShellListing): string {
  if (running) return hasWriter ? 'somebody writes' : 'nobody writes'
  return `ended with ${exitCode === null || exitCode === undefined ? 'an unknown code' : `code ${exitCode}`}`
}

function Attach({ shells }: { readonly shells: Shells }) {
  const [shellId, setShellId] = useState('')
  return (
    <form
      class="attach"
      onSubmit={(event) => {
        event.preventDefault()
        void shells.attach(shellId.trim())
      }}
    >
      <label for="shell-id">Attach by id</label>
      <div class="row">
        <input
          id="shell-id"
          required
          pattern="[A-Za-z0-9][A-Za-z0-9_\-]*"
          autocomplete="off"
          spellcheck={false}
          value={shellId}
          onInput={(event) => setShellId(event.currentTarget.value)}
        />
        <button type="submit">Attach</button>
      </div>
    </form>
  )
}
