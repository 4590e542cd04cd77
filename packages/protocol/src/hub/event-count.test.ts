import { expect, it } from 'vitest'
import { HubEventCount } from './event-count.ts'

/** A reader that has had the events up to 10. */
function readTo10(): HubEventCount {
  const count = new HubEventCount()
  count.jump(9)
  count.take({ seq: 10 })
  return count
}

it('an event whose number is not the next, and does not name the last one, is a hole', () => {
  const count = readTo10()
  expect([count.take({ seq: 12, anchor: 'x' }), count.missing]).toEqual([true, 1])
  expect([count.take({ seq: 20, prev: 15 }), count.missing]).toEqual([true, 2])
  expect([count.take({ seq: 30, prev: 20 }), count.missing, count.repeated]).toEqual([true, 2, 0])
})

it('numbers of a server without the extension show repetitions alone', () => {
  const count = readTo10()
  count.take({ seq: 14 })
  count.take({ seq: 14 })
  expect([count.missing, count.repeated]).toEqual([0, 1])
})

it('an event that comes twice is a repetition, and no hole', () => {
  const count = readTo10()
  expect([count.take({ seq: 10, prev: 9 }), count.repeated, count.missing]).toEqual([false, 1, 0])
})

it('the answer to a request of this client is no hole before the event that follows it', () => {
  const count = readTo10()
  count.arrived('{"id":"a","actions":[],"seq":12,"anchor":"x","prev":10}')
  count.arrived('{"id":"b","actions":[],"seq":13,"anchor":"x"}')
  expect(count.hasReached(13)).toBe(true)
  count.take({ seq: 15, prev: 13 })
  expect(count.missing).toBe(0)
})

it('a hole before the answer to a request is one', () => {
  const count = readTo10()
  count.arrived('{"id":"a","actions":[],"seq":13,"anchor":"x","prev":11}')
  expect(count.hasReached(13)).toBe(false)
  count.take({ seq: 15, prev: 13 })
  expect(count.missing).toBe(1)
})

it('an answer without a waiter is counted once when it comes to the readers', () => {
  const count = readTo10()
  count.arrived('{"id":"a","actions":[],"seq":12,"anchor":"x","prev":10}')
  expect([count.take({ seq: 12, prev: 10 }), count.missing, count.repeated]).toEqual([true, 0, 0])
})

it('an event that names what the gateway said of the head of the log is no hole, and one before that is', () => {
  const count = readTo10()
  count.arrived('{"type":"mark","seq":15,"anchor":"x"}')
  count.arrived('{"type":"live","seq":18,"anchor":"x"}')
  count.take({ seq: 20, prev: 15 })
  expect(count.missing).toBe(0)
  count.arrived('{"type":"mark","seq":25,"anchor":"x"}')
  count.take({ seq: 26, prev: 21 })
  expect(count.missing).toBe(1)
})

it('a question that begins with its id is an event of the readers', () => {
  const count = readTo10()
  count.arrived('{"id":"q","type":"rpc_ui_request","seq":11,"anchor":"x"}')
  expect(count.hasReached(11)).toBe(false)
  count.arrived('{"id":')
  expect([count.take({ seq: 11 }), count.missing, count.repeated]).toEqual([true, 0, 0])
})

it('events that are said to be missing are counted, and a log that begins anew is counted from its beginning', () => {
  const count = readTo10()
  count.gap(11, 14)
  expect([count.missing, count.last]).toEqual([4, 14])
  count.gap(undefined, undefined)
  count.jump(1)
  expect([count.take({ seq: 2 }), count.missing, count.repeated]).toEqual([true, 4, 0])
})

it('answers without an event behind them are bounded', () => {
  const count = readTo10()
  for (let seq = 11; seq < 3_000; seq++) count.arrived(`{"id":"a","actions":[],"seq":${seq},"anchor":"x"}`)
  expect(count.hasReached(2_999)).toBe(false)
})
