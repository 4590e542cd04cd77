import type { OutageWatch } from '../state/outages.ts'
import { clock, plural } from './format.ts'
import { outageWords } from './outage-line.tsx'
import { useEvery } from './use.ts'

/** What the strip shows of a connection. */
export interface AwayStripProps {
  readonly outages: OutageWatch
  /** Where it stands and what comes next, in words. */
  readonly explain: () => string
  /** What happens to what a person does meanwhile. */
  readonly kept: () => string
  readonly tryNow: () => void
}

/**
 * Says at once that a connection is away: since when, what comes next, and that nothing is lost meanwhile. It lies above what
 * is read, so that nothing moves when it comes and goes.
 */
export function AwayStrip(props: AwayStripProps) {
  const { outages } = props
  return (
    <>
      {outages.awaySince !== undefined && <Strip {...props} since={outages.awaySince} />}
      <p class="hidden" role="status">
        {announcement(outages)}
      </p>
    </>
  )
}

function Strip({ explain, kept, tryNow, since }: AwayStripProps & { readonly since: number }) {
  useEvery(250)
  return (
    <section class="away-strip" aria-label="Connection">
      <div>
        <p>
          <strong>Away since {clock(since)}.</strong> <span class="kept">{kept()}</span>
        </p>
        <p class="next">{explain()}</p>
      </div>
      <button type="button" onClick={tryNow}>
        Try now
      </button>
    </section>
  )
}

/** For those who hear the page: what does not change every second. */
function announcement({ awaySince, list }: OutageWatch): string {
  if (awaySince !== undefined) return 'The connection is away. It is tried again, and what you do is kept.'
  const last = list.at(-1)
  return last === undefined ? '' : `Connected again: ${outageWords(last)}.`
}

/** What happens to what is typed into a terminal meanwhile. */
export function keptBytes(bytes: number): string {
  return bytes === 0 ? 'What you type is kept.' : `What you type is kept (${plural(bytes, 'byte')}).`
}

/** What happens to what is sent to a session meanwhile. */
export function keptMessages(count: number): string {
  return count === 0 ? 'What you send is kept.' : `What you send is kept (${plural(count, 'message')}).`
}
