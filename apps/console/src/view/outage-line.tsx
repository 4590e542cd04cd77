import type { Outage } from '../state/outages.ts'
import { clock, duration } from './format.ts'

/** An outage in one line. */
export function outageWords({ durationMs, caughtUp, lost, doubled, kept }: Outage): string {
  const parts = [`offline ${duration(durationMs)}`, caughtUp, `${lost} lost`, `${doubled} doubled`]
  return [...parts, ...(kept === undefined ? [] : [kept])].join(' · ')
}

/** A thin line where an outage was; behind it how one can know that nothing is missing. */
export function OutageLine({ outage }: { readonly outage: Outage }) {
  const isExact = outage.lost === 0 && outage.doubled === 0
  return (
    <details class={`outage${isExact ? '' : ' inexact'}`}>
      <summary>
        <span class="outage-words">{outageWords(outage)}</span>
        <time dateTime={new Date(outage.beganAt).toISOString()}>{clock(outage.beganAt)}</time>
      </summary>
      <dl class="proof">
        {outage.proof.map(([name, found]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{found}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
