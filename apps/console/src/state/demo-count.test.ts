import type { HubClient } from '@holdfast/hub'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { DemoCount } from './demo-count.ts'

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('document', { visibilityState: 'visible' })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('a page of a demonstration sends numbers to a lead that counts, and nothing into other sessions', () => {
  const sent: unknown[] = []
  const event = (name: string, { n }: { readonly n: number }) => {
    sent.push([name, n])
    return new Promise(() => {})
  }
  const client: unknown = { event }
  const count = new DemoCount()
  count.start(client as HubClient, () => {})
  vi.advanceTimersByTime(3_000)
  expect(sent).toEqual([])
  count.down.take(1)
  vi.advanceTimersByTime(2_000)
  expect(sent).toEqual([
    ['demo_count', 1],
    ['demo_count', 2],
  ])
  count.stop()
})
