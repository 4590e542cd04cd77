import { expect, it } from 'vitest'
import type { EventRecord } from '../state/records.ts'
import { contentText, Delivery } from './delivery.ts'

const long = 'a "quoted" line, "category":"message"}, of a text '.repeat(40)
const record: EventRecord = {
  t: 'event',
  event: 'mess"age',
  data: { long, data: { category: long } },
  category: 'message',
}
const records: readonly EventRecord[] = [
  record,
  { ...record, from: 'someone', fp: 'print' },
  { ...record, from: undefined, fp: 'print', hold: { id: 'h', until: 1, otherwise: [] } },
]

it('the content of an event is cut out of its record as it would be made', () => {
  for (const one of records) expect(contentText(JSON.stringify(one), one)).toBe(JSON.stringify(one.data))
})

it('a record of another form is left alone', () => {
  const { t, event, data, category } = record
  const others: readonly (EventRecord & { readonly more?: string })[] = [
    { t, data, event, category },
    { t, event, category, data },
    { ...record, more: 'x' },
    { ...record, data: {} },
  ]
  for (const one of others) expect(contentText(JSON.stringify(one), one)).toBeUndefined()
})

it('a delivery is the same text, whether its record was at hand as JSON or not', () => {
  for (const payload of records) {
    const event = { n: 7, id: 'e7', kind: 'k', at: 12, payload }
    const [with_, without] = [new Delivery('s', { ...event, text: JSON.stringify(payload) }), new Delivery('s', event)]
    expect(with_.size).toBe(without.size)
    expect(with_.stamped(3, true)).toBe(without.stamped(3, true))
    expect(with_.plain).toBe(without.plain)
    expect(JSON.parse(with_.plain)).toMatchObject({
      type: 'broadcast',
      event: payload.event,
      data: payload.data,
      seq: 7,
    })
  }
})
