import type { Shells } from '../state/shells.ts'
import { EndQuestion } from './end-question.tsx'
import { RecordingView } from './recording-view.tsx'
import { ShellList } from './shell-list.tsx'
import { ShellView } from './shell-view.tsx'
import { useStore } from './use.ts'

/** The shells of this page, each goes on while another one is shown; and a list of all there are. */
export function ShellsView({ shells }: { readonly shells: Shells }) {
  useStore(shells)
  const { list, current, recordings } = shells
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
              class="chip clip"
              title={shells.nameOf(shell)}
              aria-pressed={shell === current}
              onClick={() => shells.select(shell)}
            >
              {shells.nameOf(shell)}
            </button>
          ))}
          <button type="button" class="primary" onClick={() => shells.open()}>
            New shell
          </button>
        </fieldset>
      </header>
      {recordings.current !== undefined ? (
        <RecordingView key={recordings.current.id} recordings={recordings} settings={shells.settings} />
      ) : current === undefined ? (
        <ShellList shells={shells} />
      ) : (
        <ShellView key={`${current.id} ${current.observes}`} shell={current} shells={shells} />
      )}
      <EndQuestion ends={shells.ends} />
    </section>
  )
}
