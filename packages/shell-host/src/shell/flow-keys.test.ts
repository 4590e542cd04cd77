import { VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { FlowKeys } from './flow-keys.ts'

const keys = (text: string): Uint8Array => Buffer.from(text, 'latin1')

it('output is stopped by Ctrl+S, whatever is typed then, until Ctrl+Q or a key that signals', async () => {
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

it('output that was on its way does not count, output that comes later shows that nothing is stopped', async () => {
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
