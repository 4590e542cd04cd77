import { VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { COALESCE_MS, DUE_BYTES, FlowKeys, OutputPacer } from './flow.ts'

const keys = (text: string): Uint8Array => Buffer.from(text, 'latin1')

it('the output of a shell is stopped by Ctrl+S, whatever is typed then, until Ctrl+Q or a key that signals', async () => {
  const clock = new VirtualClock()
  const flow = new FlowKeys(clock)
  for (const key of ['\x11', '\x03', '\x1a', '\x1c']) {
    flow.typed(keys('ls\x13'))
    expect(flow.isStopped).toBe(true)
    flow.typed(keys('more'))
    expect(flow.isStopped).toBe(true)
    flow.typed(keys(key))
    expect(flow.isStopped).toBe(false)
  }
})

it('after Ctrl+S output that was on its way does not count, and output that comes later shows that nothing is stopped', async () => {
  const clock = new VirtualClock()
  const flow = new FlowKeys(clock)
  flow.typed(keys('\x13'))
  await clock.advance(100)
  flow.printed()
  expect(flow.isStopped).toBe(true)
  await clock.advance(1_000)
  flow.printed()
  expect(flow.isStopped).toBe(false)
})

it('the output pacer sends the first bytes after idle at once, then gathers for 4 ms or 28 KiB', async () => {
  const clock = new VirtualClock()
  const sent: number[] = []
  const pacer = new OutputPacer(clock, () => sent.push(clock.now()))
  pacer.added(1)
  pacer.added(1)
  pacer.added(1)
  expect(sent).toEqual([0])
  await clock.advance(COALESCE_MS)
  expect(sent).toEqual([0, 4])
  pacer.added(DUE_BYTES - 1)
  expect(sent).toHaveLength(2)
  pacer.added(1)
  expect(sent).toHaveLength(3)
  await clock.advance(100)
  expect(sent).toHaveLength(3)
  pacer.added(1)
  expect(sent.at(-1)).toBe(104)
})

it('the output pacer sends what comes after a key at once, also while it gathers, and gathers on after that', async () => {
  const clock = new VirtualClock()
  const sent: number[] = []
  const pacer = new OutputPacer(clock, () => sent.push(clock.now()))
  pacer.added(1)
  await clock.advance(1)
  pacer.typed()
  pacer.added(1)
  pacer.added(1)
  expect(sent).toEqual([0, 1])
  await clock.advance(COALESCE_MS)
  expect(sent).toEqual([0, 1, 4])
})
