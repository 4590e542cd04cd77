import type { ShellListing } from '@holdfast/protocol/shell'
import { visibleText } from '@holdfast/protocol/text'
import { useState } from 'preact/hooks'
import type { EndRequest } from '../state/shell-ends.ts'
import type { Shells } from '../state/shells.ts'
import { ago, clock, plural, size } from './format.ts'
import { RecordingList } from './recording-view.tsx'
import { useStore } from './use.ts'

/** Every shell that this person may see, open in this page or not. */
export function ShellList({ shells }: { readonly shells: Shells }) {
  const { known, problem } = shells
  useStore(shells.ends)
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
      <RecordingList recordings={shells.recordings} />
      <Attach shells={shells} />
    </div>
  )
}

function Item({ shell, shells }: { readonly shell: ShellListing; readonly shells: Shells }) {
  const { shellId, sessionId, program, name: given, startedAt, running, hasWriter, attached, outputBytes, may } = shell
  const here = shells.here(shellId)
  const mayWrite = may.includes('write') && (!hasWriter || may.includes('takeover'))
  const isEnding = shells.ends.pending.some((one) => one.shellId === shellId)
  const name = nameOf(shell)
  return (
    <li class="shell-item" aria-label={name}>
      <div class="about">
        <code class="clip" title={name}>
          {name}
        </code>
        {given !== undefined && <code class="clip detail">{program}</code>}
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
        {running && may.includes('kill') && !isEnding && (
          <button
            type="button"
            class="danger"
            onClick={() => shells.ends.ask(endRequest(shell, shell, name, () => shells.end(shell)))}
          >
            End
          </button>
        )}
      </div>
    </li>
  )
}

/** What a shell is called: by a person, by its program, or by what was started. */
function nameOf({ name, title, program, shellId }: ShellListing): string {
  if (name !== undefined) return name
  const started = program === '' ? shellId : program
  return title === undefined || title === '' ? started : `${started} · ${visibleText(title)}`
}

/** The question before a shell is ended: what it is, since when, and who else is there. */
export function endRequest(
  ids: Pick<ShellListing, 'shellId' | 'sessionId'>,
  known: ShellListing | undefined,
  name: string,
  run: () => Promise<void>,
): EndRequest {
  const runs =
    known === undefined ? '' : `It runs since ${clock(known.startedAt)}, ${ago(Date.now() - known.startedAt)}. `
  const others = known === undefined || known.attached === 0 ? '' : `${plural(known.attached, 'client')} attached. `
  const about = `${runs}${others}What runs in it is ended as well.`
  return { shellId: ids.shellId, name, about, run }
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
