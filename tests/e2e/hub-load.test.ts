import { HubClient, type HubGap, HubObserver, type HubOptions } from '@holdfast/hub'
import type { HubServerMessage } from '@holdfast/protocol/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { eventStream } from '@holdfast/transport-sse'
import { afterEach, expect, it } from 'vitest'
import { eventually } from './support/cuts.ts'
import { MortalGateway, TOKEN } from './support/mortal-gateway.ts'

const LONG = process.env['HOLDFAST_LONG'] === '1'
const MEBIBYTE = 1_048_576

const ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

async function joined(options: Partial<HubOptions> & Pick<HubOptions, 'url'>): Promise<HubClient> {
  const client = new HubClient({ transport: nodeWebSocket(), token: TOKEN, ...options })
  ending.push(async () => client.close({ flushMs: 0 }))
  await client.connect()
  return client
}

function numberOf(message: HubServerMessage | HubGap): number | undefined {
  if (message.type === 'gap') return Number.NaN
  return message.type === 'broadcast' ? Number(Object(message.data).n) : undefined
}

it('the hub lets a slow observer catch up with nothing missing, beside a fast one, in bounded memory', async () => {
  const count = LONG ? 20_000 : 1_500
  const slowMs = LONG ? 1_000 : 100
  const gateway = await MortalGateway.start()
  ending.push(() => gateway.close())
  const { url } = gateway
  const lead = await joined({ url, role: 'lead', queue: { maxCount: count } })
  const { sessionId } = lead
  const fast: number[] = []
  const gaps: unknown[] = []
  const onGap = (gap: unknown): void => void gaps.push(gap)
  const onMessage = (message: HubServerMessage): void => {
    const n = numberOf(message)
    if (n !== undefined) fast.push(n)
  }
  await joined({ url, sessionId, onMessage, onGap })
  const slow = (await joined({ url, sessionId, onGap })).messages({ maxCount: 50 })
  const before = await gateway.metric('process_resident_memory_bytes')
  let most = 0
  let isHeld = true
  const got: number[] = []
  const reading = (async () => {
    for await (const message of slow) {
      const n = numberOf(message)
      if (n !== undefined) got.push(n)
      if (got.length === count) return
      if (isHeld) await new Promise((resolve) => setTimeout(resolve, slowMs))
    }
  })()
  const text = 'x'.repeat(8_000)
  for (let n = 1; n <= count; n += 1) {
    const said = lead.send({ type: 'event', id: `e${n}`, event: 'message_end', data: { n, text } })
    if (n % 250 !== 0) continue
    await said
    most = Math.max(most, await gateway.metric('holdfast_hub_buffered_bytes'))
  }
  await eventually(() => fast.length === count, 'the fast observer has everything')
  const read = got.length
  const after = await gateway.metric('process_resident_memory_bytes')
  isHeld = false
  await reading
  const grown = Math.round((after - before) / MEBIBYTE)
  process.stdout.write(
    `  ${Math.round((count * 8_000) / MEBIBYTE)} MiB to a reader who had read ${read} of ${count}: the server held ` +
      `${(most / MEBIBYTE).toFixed(1)} MiB for its clients, and grew by ${grown} MiB\n`,
  )
  const numbers = Array.from({ length: count }, (_, index) => index + 1)
  expect(fast).toEqual(numbers)
  expect(got).toEqual(numbers)
  expect(gaps).toEqual([])
  expect(read).toBeLessThan(count / 2)
  expect(most).toBeLessThan(8 * MEBIBYTE)
})

it('the hub takes many clients into a session of many thousand entries at once, over both transports, and goes on meanwhile', async () => {
  const entries = LONG ? 50_000 : 20_000
  const gateway = await MortalGateway.start(async (log) => {
    await log.createSession('long')
    for (let page = 0; page < entries / 1_000; page += 1) {
      const events = Array.from({ length: 1_000 }, (_, at) => ({
        id: `${page}-${at}`,
        kind: 'message_end',
        at: 1_700_000_000_000,
        payload: {
          t: 'event',
          event: 'message_end',
          category: 'message',
          data: { agent: 'a', content: `entry ${page * 1_000 + at} of a long session` },
        },
      }))
      await log.append('long', events, { producer: { id: 'p', fence: 0 } })
    }
  })
  ending.push(() => gateway.close())
  const { url } = gateway
  // Another session of the same process, which must not notice.
  const lead = await joined({ url, role: 'lead' })
  const heard: number[] = []
  const listen = (message: HubServerMessage): void => void heard.push(numberOf(message) ?? 0)
  await joined({ url, sessionId: lead.sessionId, onMessage: listen })
  await gateway.metric('nodejs_eventloop_lag_max_seconds')
  const lags: number[] = []
  for (const joins of [1, 1, 10]) {
    const counts: number[] = []
    const onHydration = ({ hydration }: { readonly hydration: { readonly entries: readonly unknown[] } }): void =>
      void counts.push(hydration.entries.length)
    for (let n = 0; n < joins; n += 1) {
      void joined({ url, sessionId: 'long', onHydration })
      const stream = new HubObserver({ transport: eventStream(), url, sessionId: 'long', token: TOKEN, onHydration })
      ending.push(() => stream.close())
      void stream.connect()
    }
    while (counts.length < 2 * joins) {
      await lead.event('message_end', { n: 1 })
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(counts).toEqual(Array(2 * joins).fill(entries))
    lags.push(await gateway.metric('nodejs_eventloop_lag_max_seconds'))
  }
  let paged = 0
  const onHydration = ({ hydration }: { readonly hydration: { readonly entries: readonly unknown[] } }): void => {
    paged += hydration.entries.length
  }
  const pages = await joined({ url, sessionId: 'long', pagedHydration: true, onHydration })
  while (paged === 0) await new Promise((resolve) => setImmediate(resolve))
  for await (const page of pages.history()) {
    paged += page.entries.length
    await lead.event('message_end', { n: 1 })
  }
  expect(paged).toBe(entries)
  lags.push(await gateway.metric('nodejs_eventloop_lag_max_seconds'))
  process.stdout.write(
    `  longest pause of the server's event loop: ${lags.map((lag) => `${Math.round(lag * 1_000)} ms`).join(', ')}\n`,
  )
  expect(heard.length).toBeGreaterThan(0)
})
