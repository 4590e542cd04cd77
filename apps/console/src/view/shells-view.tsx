import type { Rights } from '../state/rights.ts'
import type { Shells } from '../state/shells/shells.ts'
import { EndQuestion } from './end-question.tsx'
import { principalWords } from './people.tsx'
import { RecordingView } from './recording-view.tsx'
import { ShellList } from './shell-list.tsx'
import { ShellView } from './shell-view.tsx'
import { useStore } from './use.ts'

/** The shells of this page, each continues while another one is shown; and a list of all there are. */
export function ShellsView({ shells, rights }: { readonly shells: Shells; readonly rights: Rights }) {
  useStore(shells)
  const { list, current, recordings, missing } = shells
  const { grant, startsShells } = rights
  return (
    <section class="panel shells" aria-labelledby="shells-title">
      <header class="panel-top">
        <h2 id="shells-title">Shells</h2>
        <fieldset class="filters">
          <legend class="hidden">Open shells</legend>
          {grant === undefined && (
            <button
              type="button"
              class="chip"
              aria-pressed={current === undefined && missing === undefined}
              onClick={() => shells.select(undefined)}
            >
              All
            </button>
          )}
          {list.map((shell) => (
            <button
              key={shell.id}
              type="button"
              class="chip clip"
              title={shells.nameOf(shell)}
              aria-pressed={shell === current}
              onClick={() => shells.select(shell)}
            >
              {shells.nameOf(shell)}
            </button>
          ))}
          {startsShells && (
            <button type="button" class="primary" onClick={() => shells.open()}>
              New shell
            </button>
          )}
        </fieldset>
      </header>
      {recordings.current !== undefined ? (
        <RecordingView key={recordings.current.id} recordings={recordings} settings={shells.settings} />
      ) : current !== undefined ? (
        <ShellView key={`${current.id} ${current.observes}`} shell={current} shells={shells} grant={grant} />
      ) : missing !== undefined ? (
        <Missing shellId={missing} shells={shells} grant={grant} />
      ) : grant === undefined ? (
        <ShellList shells={shells} rights={rights} />
      ) : (
        <Left shells={shells} shellId={grant.shell} />
      )}
      <EndQuestion ends={shells.ends} />
    </section>
  )
}

/** A person with a share link has closed the one thing that it leads to. */
function Left({ shells, shellId }: { readonly shells: Shells; readonly shellId: string | undefined }) {
  return (
    <section class="nothing" aria-label="The shell of your link">
      <p class="hint">You have left the shell of your link. It goes on.</p>
      <button type="button" class="primary" onClick={() => void shells.goTo(shellId)}>
        Watch it again
      </button>
    </section>
  )
}

interface MissingProps {
  readonly shellId: string
  readonly shells: Shells
  readonly grant: Rights['grant']
}

/** A link that leads to a shell which is not there, or not any more. */
function Missing({ shellId, shells, grant }: MissingProps) {
  return (
    <section class="nothing" aria-labelledby="no-shell">
      <h3 id="no-shell">There is no shell {shellId}</h3>
      <p class="hint">It has ended, it is somebody else’s, or the link is not whole.</p>
      {grant === undefined ? (
        <button type="button" class="primary" onClick={() => shells.select(undefined)}>
          All shells
        </button>
      ) : (
        <>
          <p class="hint">Ask {principalWords(grant.by)} for a new link, or look again: it may be started anew.</p>
          <button type="button" class="primary" onClick={() => void shells.goTo(shellId)}>
            Look again
          </button>
        </>
      )}
    </section>
  )
}
