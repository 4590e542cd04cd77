import { connect } from 'node:net'
import { memoryLog } from '@holdfast/log'
import { seededRandom } from '@holdfast/testkit'
import { expect, it, vi } from 'vitest'
import { event, startHub, until } from './support.ts'

// Much work, not much waiting: a busy machine takes its time over it.
vi.setConfig({ testTimeout: 120_000 })

const FRAMES = process.env['HOLDFAST_LONG'] === '1' ? 100_000 : 5_000
const roomy = { maxSessionBytes: 1024 * 1024 * 1024 }

it('the hub feeds an observer that does not read from the log, at its own pace, with nothing missing', async () => {
  const log = memoryLog({ limits: roomy })
  const { client, hub } = await startHub({ log, limits: { ringEvents: 100, socketHighBytes: 65_536 } })
  const lead = client({ role: 'lead', sessionId: 's' })
  await lead.type('init')
  const slow = client({ role: 'observer', sessionId: 's', resume: '1' })
  await slow.type('live')
  slow.socket.pause()
  const fast = client({ role: 'observer', sessionId: 's', resume: '1' })
  await fast.type('live')
  // Far more than the sockets' own buffers hold.
  const total = 3000
  const padding = 'x'.repeat(10_000)
  for (let i = 0; i < total; i++) {
    lead.send(event(`e${i}`, 'agent_progress', { i, padding }))
    if (i % 100 === 99) await lead.next((frame) => frame['id'] === `e${i}`)
  }
  const numbers = (frames: typeof fast.frames): unknown[] =>
    frames.flatMap(({ type, data }) =>
      type === 'broadcast' && typeof data === 'object' && data ? [Reflect.get(data, 'i')] : [],
    )
  const all = Array.from({ length: total }, (_, i) => i)
  await until(() => numbers(fast.frames).length === total)
  expect(numbers(fast.frames)).toEqual(all)
  expect(numbers(slow.frames).length).toBeLessThan(total)
  expect(hub.bufferedBytes).toBeLessThan(2_000_000)
  slow.socket.resume()
  await until(() => numbers(slow.frames).length === total)
  expect(numbers(slow.frames)).toEqual(all)
})

it('the hub hydrates from fifty thousand entries', async () => {
  const log = memoryLog({ limits: roomy })
  await log.createSession('s')
  for (let page = 0; page < 50; page++) {
    const events = Array.from({ length: 1000 }, (_, i) => {
      const data = { agent: 'a', content: `entry ${page * 1000 + i} ${'text '.repeat(10)}` }
      const payload = { t: 'event', event: 'message_end', category: 'message', data }
      return { id: `${page}-${i}`, kind: 'message_end', at: 1_700_000_000_000, payload }
    })
    await log.append('s', events, { producer: { id: 'p', fence: 0 } })
  }
  const { client } = await startHub({ log })
  const entriesOf = (frame: object): unknown => Reflect.get(frame, 'entries')
  const first = client({ role: 'observer', sessionId: 's' })
  expect(entriesOf(await first.type('session_hydration'))).toHaveLength(50_000)
  const second = client({ role: 'observer', sessionId: 's' })
  expect(entriesOf(await second.type('session_hydration'))).toHaveLength(50_000)
})

it('the hub survives random frames by the ten thousand', async () => {
  const { client, hub } = await startHub()
  const random = seededRandom(42)
  const pick = <T>(...of: readonly T[]): T | undefined => of[Math.floor(random() * of.length)]
  const value = (depth = 0): unknown =>
    pick<() => unknown>(
      () => null,
      () => random() * 1e9,
      () => 'x'.repeat(random() * 20),
      () => random() < 0.5,
      () => (depth > 2 ? [] : [value(depth + 1), value(depth + 1)]),
      () => (depth > 2 ? {} : { type: value(depth + 1), id: value(depth + 1), data: value(depth + 1) }),
    )?.()
  const types = [
    'event',
    'tool',
    'command',
    'subscribe',
    'ack',
    'ping',
    'bootstrap_ready',
    'rpc_command',
    'x',
    'rpc_event',
  ]
  const frame = (): string =>
    pick(
      () => JSON.stringify(value()) ?? '',
      () =>
        JSON.stringify({
          type: pick(...types),
          id: value(),
          event: value(),
          data: value(),
          mid: value(),
          seq: value(),
        }),
      () => JSON.stringify({ id: value(), actions: value() }),
      () => String.fromCharCode(...Array.from({ length: 10 }, () => random() * 0xffff)),
      () => '{"type":"event","id":"1"',
    )?.() ?? ''
  const roles = ['lead', 'controller', 'observer']
  using _session = await hub.createSession('s')
  const clients = roles.map((role) => client({ role, sessionId: 's', resume: '1' }))
  for (const one of clients) await one.type('init')
  for (let i = 0; i < FRAMES; i++) {
    const one = clients[i % clients.length]
    one?.send(frame())
    if (i % 3000 !== 0) continue
    for (const [at, each] of clients.entries()) {
      each.send({ type: 'ping', timestamp: i + at })
      await each.next((told) => told['echoedTimestamp'] === i + at)
      each.frames.splice(0)
      each.rewind()
    }
  }
  expect(hub.size).toBe(3)
  expect(hub.bufferedBytes).toBeLessThan(2_000_000)
})

it('the hub is not impressed by sockets that end in the middle of everything', async () => {
  const { base, hub, client } = await startHub()
  const { port } = new URL(base)
  const upgrade =
    'GET /api/ws?role=lead HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  for (const text of ['GET', upgrade.slice(0, 60), upgrade, upgrade.replace('lead', 'king'), `${upgrade}\x81\xff`]) {
    const socket = connect(Number(port), '127.0.0.1')
    socket.on('error', () => {})
    await new Promise((resolve) => socket.write(text, resolve))
    socket.resetAndDestroy()
  }
  await until(() => hub.size === 0)
  const lead = client({ role: 'lead' })
  await lead.type('init')
})
