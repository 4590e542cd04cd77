import { OpenError } from '@holdfast/core'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { AwayNotice, type ReturnAccount } from './away-notice.ts'
import type { Output } from './output.ts'

const REFUSED = { kind: 'dial', error: new OpenError('refused', { syscallCode: 'ECONNREFUSED' }) }

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** A notice whose connection always says that it dials, and all that it wrote. */
function noticeOn(
  isTerminal: boolean,
  account?: ReturnAccount | undefined,
): { readonly notice: AwayNotice; readonly written: string[] } {
  const written: string[] = []
  const keep = async (text: string | Uint8Array): Promise<void> => void written.push(String(text))
  const paint = Object(undefined)
  const err: Output = { isTerminal, columns: 60, write: keep, line: keep, json: async () => {}, paint }
  return { notice: new AwayNotice(err, 'http://gateway', () => 'Next attempt in 3 s.', account), written }
}

it('the notice of an outage says that nothing answers 1.5 s after the process began, whatever of that went before the dial', () => {
  const { notice, written } = noticeOn(false)
  vi.advanceTimersByTime(900)
  notice.changed('away')
  vi.advanceTimersByTime(599)
  expect(written).toEqual([])
  vi.advanceTimersByTime(1)
  expect(written).toEqual(['holdfast: http://gateway has not answered yet; waiting. Next attempt in 3 s.'])
})

it('the notice of an outage gives a gateway a moment where the process took long to begin, and says nothing of one that uses it', () => {
  const { notice, written } = noticeOn(false)
  vi.advanceTimersByTime(4_000)
  notice.changed('away')
  vi.advanceTimersByTime(499)
  notice.changed('open')
  vi.advanceTimersByTime(10_000)
  expect(written).toEqual([])
})

it('the notice of an outage says 1.5 s after a drop why, and what comes next; and at the return how long it took', async () => {
  const { notice, written } = noticeOn(false)
  notice.changed('open')
  vi.advanceTimersByTime(60_000)
  notice.changed('away', REFUSED)
  notice.changed('away', REFUSED)
  await vi.advanceTimersByTimeAsync(1_499)
  expect(written).toEqual([])
  await vi.advanceTimersByTimeAsync(10_501)
  expect(written).toEqual(['holdfast: http://gateway is not reachable, trying again. Next attempt in 3 s.'])
  notice.changed('open')
  await vi.advanceTimersByTimeAsync(0)
  expect(written.slice(1)).toEqual(['holdfast: http://gateway is back · offline 12 s'])
})

it('the notice of an outage has an account of every outage, short ones too, and as one where a return did not last', async () => {
  const ended: (() => void)[] = []
  const account = {
    began: vi.fn(),
    ended: () => new Promise<string>((resolve) => ended.push(() => resolve('47 events caught up'))),
  }
  const { notice, written } = noticeOn(false, account)
  notice.changed('open')
  notice.changed('away', REFUSED)
  vi.advanceTimersByTime(300)
  notice.changed('open')
  notice.changed('away', REFUSED)
  vi.advanceTimersByTime(400)
  notice.changed('open')
  for (const end of ended) end()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(account.began).toHaveBeenCalledTimes(1)
  expect(written).toEqual(['holdfast: offline 0.7 s · 47 events caught up'])
})

it('the notice of an outage is one line of a terminal, brought up to date every second and taken away, and nothing waits for its timers', async () => {
  const { notice, written } = noticeOn(true)
  notice.changed('open')
  notice.changed('away', REFUSED)
  await vi.advanceTimersByTimeAsync(2_500)
  const line = '\r\u001B[2Kholdfast: http://gateway is not reachable, trying again. Ne'
  expect(written).toEqual([line, line])
  notice.changed('over')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(written.slice(2)).toEqual(['\r\u001B[2K'])
})
