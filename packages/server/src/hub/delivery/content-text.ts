import type { EventRecord } from '../state/records.ts'

/** Shorter than this it is made anew as fast as it is found. In characters. */
const LEAST_LENGTH = 1_024

/** The members of a record of an event, in the order in which the hub writes them. */
const MEMBERS: ReadonlySet<string> = new Set(['t', 'event', 'data', 'category', 'from', 'fp', 'hold'])

/**
 * The JSON of an event's content, cut out of the JSON of its whole record: what is long is not made twice. Undefined where the
 * record is short, or was not written in the hub's own form.
 */
export function contentText(text: string, record: EventRecord): string | undefined {
  if (text.length < LEAST_LENGTH) return undefined
  for (const name of Object.keys(record)) if (!MEMBERS.has(name)) return undefined
  const { t, event, category, from, fp, hold } = record
  const head = `${JSON.stringify({ t, event }).slice(0, -1)},"data":`
  const tail = `,${JSON.stringify({ category, from, fp, hold }).slice(1)}`
  const isOurs = text.startsWith(head) && text.endsWith(tail) && text.length > head.length + tail.length
  return isOurs ? text.slice(head.length, text.length - tail.length) : undefined
}
