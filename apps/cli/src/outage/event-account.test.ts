import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { EventAccount } from './event-account.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** What is said of an outage in which this happened, after ten events. */
async function accountOf(happen: (account: EventAccount) => void): Promise<string | undefined> {
  const account = new EventAccount(() => 0)
  account.take({ seq: 9 }, true)
  account.take({ seq: 10, prev: 9 }, false)
  account.began()
  happen(account)
  const ended = account.ended(() => false)
  await vi.advanceTimersByTimeAsync(2_000)
  return ended
}

it('the account of an outage counts what came late once, and nothing as lost or doubled', async () => {
  const said = await accountOf((account) => {
    for (const seq of [11, 12, 15]) account.take({ seq, prev: seq === 15 ? 12 : seq - 1 }, false)
  })
  expect(said).toBe('3 events caught up · 0 lost · 0 doubled')
})

it('the account of an outage sees a hole and a repetition in the numbers, and what is said to be missing', async () => {
  const said = await accountOf((account) => {
    account.take({ seq: 10, prev: 9 }, false)
    account.take({ seq: 13, prev: 12 }, false)
    account.gap({ from: 14, to: 17, reason: 'missing' })
  })
  expect(said).toBe('1 event caught up · 5 lost · 1 doubled')
})

it('the account of an outage says where the size of a gap is unknown, and counts again in a new log', async () => {
  const said = await accountOf((account) => {
    account.gap({ reason: 'reset' })
    account.take({ seq: 3 }, true)
    account.take({ seq: 4, prev: 3 }, false)
  })
  expect(said).toBe('1 event caught up · an unknown number lost · 0 doubled')
})

it('the account of an outage waits for what has come and was not read, however long that takes', async () => {
  let unread = 1
  const account = new EventAccount(() => unread)
  account.began()
  const told = vi.fn()
  void account.ended(() => false).then(told)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(told).not.toHaveBeenCalled()
  account.take({ seq: 1 }, false)
  unread = 0
  await vi.advanceTimersByTimeAsync(2_000)
  expect(told).toHaveBeenCalledWith('1 event caught up · 0 lost · 0 doubled')
})

it('the account of an outage is not shown where the connection is gone again', async () => {
  const account = new EventAccount(() => 1)
  account.began()
  expect(await account.ended(() => true)).toBeUndefined()
})
