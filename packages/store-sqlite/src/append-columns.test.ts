import type { Append, AppendResult } from '@holdfast/log'
import { LOG_LIMITS, measureAll } from '@holdfast/log'
import { expect, it } from 'vitest'
import { answersOf, appendsOf, columnsOf, resultsOf } from './append-columns.ts'

const event = (id: string, kind = 'k', payload: unknown = { id }) => ({ id, kind, at: 1.5, payload })

it('the appends are the same after packing into columns, and refused ones are left out', () => {
  const producer = { id: 'p', fence: 3 }
  const sender = { id: 'x', n: 7, done: 2 }
  const appends: readonly Append[] = [
    { events: [event('a')], options: { producer } },
    { events: [event('b'), event('b+1', 'other')], options: { producer, key: 'b', keyScope: 's', sender } },
    { events: [], options: { producer } },
    {
      events: [event('c', 'other')],
      options: { producer: { ...producer, seq: 4 }, key: 'not c', keyScope: 's', sender },
    },
    { events: [event('d')], options: { producer: { id: 'q', fence: 0 }, expectedHead: 0 } },
  ]
  const batches = measureAll(appends, LOG_LIMITS)
  const columns = structuredClone(columnsOf(appends, batches))
  const wanted = appends.filter(({ events }) => events.length > 0)
  expect(appendsOf(columns).map(({ options }) => options)).toEqual(wanted.map(({ options }) => options))
  expect(
    appendsOf(columns).map(({ events }) => events.map(([id, kind, at, payload]) => ({ id, kind, at, payload }))),
  ).toEqual(wanted.map(({ events }) => events.map((one) => ({ ...one, payload: JSON.stringify(one.payload) }))))
  const bytes = batches.flatMap((batch) => ('outcome' in batch ? [] : [batch.bytes]))
  expect(appendsOf(columns).map((append) => append.bytes)).toEqual(bytes)
})

it('the answers are the same after their short form, also for appends that wrote nothing or something else', () => {
  const results: readonly AppendResult[] = [
    { outcome: 'conflict', head: 4 },
    { outcome: 'appended', first: 5, last: 5 },
    { outcome: 'duplicate' },
    { outcome: 'appended', first: 6, last: 8 },
    { outcome: 'appended', first: 20, last: 20 },
    { outcome: 'appended', first: 9, last: 9 },
  ]
  expect(resultsOf(structuredClone(answersOf(results)))).toEqual(results)
  expect(resultsOf(answersOf([]))).toEqual([])
})
