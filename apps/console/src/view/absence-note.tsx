import type { Absence } from '../state/absence.ts'
import { clock, duration } from './format.ts'

/** Shows a person who is back what they missed. */
export function AbsenceNote(props: {
  readonly absence: Absence
  readonly show: () => void
  readonly dismiss: () => void
}) {
  const { absence, show, dismiss } = props
  const what = absence.counts.map(([count, name]) => `${count} ${name}`).join(', ')
  return (
    <section class="absence" aria-label="While you were away">
      <p role="status">
        <strong>While you were away</strong> ({duration(absence.forMs)}, since {clock(absence.since)}): {what}.
      </p>
      <div class="row">
        <button type="button" onClick={show}>
          Read from there
        </button>
        <button type="button" class="quiet" onClick={dismiss}>
          Dismiss
        </button>
      </div>
    </section>
  )
}
