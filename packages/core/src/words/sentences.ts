import { type Explainable, explain } from '../connection/explain.ts'

export { messageOf, SENTENCES } from '@holdfast/contract/words'
/** What `explain()` of a connection says. Bundles for production and browsers have `codes.ts` in the place of this file. */
export { explain as describe, explainCause as describeCause } from '../connection/explain.ts'

/** An outage for the log. `usually`: what is the matter, with this transport, where nothing has been heard yet. */
export function describeOutage(outage: Explainable, usually: string | undefined): string {
  const hint = outage.lastCause !== undefined || usually === undefined ? '' : ` No answer so far; usually ${usually}.`
  return `Not connected. ${explain(outage)}${hint}`
}
