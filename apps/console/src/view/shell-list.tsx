import type { ShellListing } from '@holdfast/protocol/shell'
import { useState } from 'preact/hooks'
import type { Rights } from '../state/rights.ts'
import type { EndRequest } from '../state/shells/shell-ends.ts'
import type { Shells } from '../state/shells/shells.ts'
import { ago, clock, duration, plural, size } from './format.ts'
import { RecordingList } from './recording-view.tsx'
import { useStore } from './use.ts'

/** Every shell that this person may see, open in this page or not. */
export function ShellList({ shells, rights }: { readonly shells: Shells; readonly rights: Rights }) {
  const { known, problem, names } = shells
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
          <p class="hint">No shell runs{rights.startsShells ? '' : ' that you may see'}.</p>
          {rights.startsShells && (
            <button type="button" onClick={() => shells.open()}>
              Open the first one
            </button>
          )}
        </div>
      )}
      <ul class={`plain${problem === undefined ? '' : ' stale'}`} aria-label="All shells">
        {known?.map((shell) => (
          <Item
            key={`${shell.sessionId} ${shell.shellId}`}
            shell={shell}
            shells={shells}
            name={names.get(shell.shellId) ?? shell.shellId}
          />
        ))}
      </ul>
      <RecordingList recordings={shells.recordings} command={rights.command} />
      <Attach shells={shells} />
    </div>
  )
}

interface ItemProps {
  readonly shell: ShellListing
  readonly shells: Shells
  readonly name: string
}

function Item({ shell, shells, name }: ItemProps) {
  const { shellId, sessionId, program, startedAt, running, hasWriter, attached, outputBytes, may } = shell
  const here = shells.here(shellId)
  const mayWrite = may.includes('write') && (!hasWriter || may.includes('takeover'))
  const isEnding = shells.ends.pending.some((one) => one.shellId === shellId)
  return (
    <li class="shell-item" aria-label={name}>
      <div class="about">
        <code class="clip" title={name}>
          {name}
        </code>
        {program !== name && program !== '' && <code class="clip detail">{program}</code>}
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

/** The question before a shell is ended: what it is, since when, and who else is there. */
export function endRequest(
  ids: Pick<ShellListing, 'shellId' | 'sessionId'>,
  known: ShellListing | undefined,
  name: string,
  run: () => Promise<void>,
): EndRequest {
  const as = known === undefined || known.program === '' ? '' : `, as “${known.program}”`
  const runs =
    known === undefined
      ? 'How long it has run is not known: the gateway does not answer. '
      : `It runs since ${clock(known.startedAt)} (${duration(Date.now() - known.startedAt)})${as}. `
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
