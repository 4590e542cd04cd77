import { encodeControl, encodeOutputAck } from '@holdfast/protocol/shell'
import { CHANNEL_BYTES, encodeFrame } from '@holdfast/shell-framing'
import { seededRandom, VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { type FakeChannel, fakeHost } from './fakes.ts'

const hello = (channel: FakeChannel, lease: string): void =>
  channel.sink?.frame(encodeFrame('ctrl', encodeControl({ type: 'hello', lease, in: 0 })))
const ack = (channel: FakeChannel, received: number, consumed = received): void =>
  channel.sink?.frame(encodeFrame('ack', encodeOutputAck({ received, consumed })))

it('the shell host pings every 30 s and drops a connection whose pong is 60 s late, whatever else it sends', async () => {
  const clock = new VirtualClock()
  const { attach } = fakeHost(clock)
  const alive = await attach({ shellId: 'alive' })
  const dead = await attach({ shellId: 'dead' })
  for (let second = 0; second < 120; second++) {
    dead.sink?.frame(encodeFrame('heartbeat'))
    const before = alive.pings
    await clock.advance(1000)
    if (alive.pings > before) alive.sink?.pong?.()
  }
  expect(alive.pings).toBe(4)
  expect(alive.terminated).toBe(false)
  expect(dead.terminated).toBe(true)
})

it('the shell host does not blame a client for the time in which the process stood still', async () => {
  const clock = new VirtualClock()
  const { attach } = fakeHost(clock)
  const client = await attach()
  await clock.advance(30_000)
  expect(client.pings).toBe(1)
  await clock.suspend(60_000)
  expect(client.terminated).toBe(false)
  client.sink?.pong?.()
  await clock.advance(10_000)
  expect(client.terminated).toBe(false)
})

it('the shell host replays to a published client what no pong has confirmed', async () => {
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock)
  const first = await attach()
  backend.say('seen ')
  await clock.advance(100)
  first.sink?.pong?.()
  backend.say('maybe ')
  await clock.advance(50)
  first.terminate()
  backend.say('missed')
  const second = await attach()
  expect(second.stdout).toBe('maybe missed')
  expect(second.statuses[0]).toMatchObject({ reconnected: true, bytesDropped: 0 })
})

it('the shell host shows a client that takes a shell over what is on its screen, not only what comes next', async () => {
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock)
  const first = await attach({ lease: 'L1' })
  hello(first, 'L1')
  backend.say('full screen')
  ack(first, 11)
  const second = await attach()
  expect(first.closedWith).toMatchObject({ code: 4000 })
  expect(second.stdout).toBe('full screen')
})

it('the shell host counts the bytes that the ring lost without a client', async () => {
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock)
  const first = await attach()
  first.terminate()
  backend.say(new Uint8Array(300_000).fill(0x61))
  const second = await attach()
  expect(second.statuses[0]).toMatchObject({ bytesDropped: 300_000 - 262_144 })
  expect(second.stdout).toHaveLength(262_144)
})

it('the shell host closes an ended shell 10 s after the last output, or as soon as a client has acknowledged all of it', async () => {
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock)
  const ours = await attach({ lease: 'L1' })
  hello(ours, 'L1')
  const published = await attach({ observe: true })
  backend.say('bye')
  backend.events?.exit({ code: 0 })
  expect(published.statuses.at(-1)).toMatchObject({ kind: 'exit', code: 0 })
  expect(ours.closedWith).toBeUndefined()
  ack(ours, 3)
  expect(ours.closedWith).toMatchObject({ code: 1000 })
  await clock.advance(9_999)
  expect(published.closedWith).toBeUndefined()
  await clock.advance(1)
  expect(published.closedWith).toMatchObject({ code: 1000 })
})

it('the shell host waits with the close while a busy client’s socket is full', async () => {
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock)
  const slow = await attach()
  slow.bufferedBytes = 500_000
  backend.say('bye')
  backend.events?.exit({ code: 3 })
  await clock.advance(30_000)
  expect(slow.closedWith).toBeUndefined()
  slow.drain()
  await clock.advance(10_000)
  expect(slow.closedWith).toMatchObject({ code: 1000 })
})

it('the shell host keeps a tombstone for 15 minutes and then starts anew', async () => {
  const clock = new VirtualClock()
  const { attach, backend, host } = fakeHost(clock)
  const first = await attach()
  backend.say('tail')
  backend.events?.exit({ code: 4 })
  first.terminate()
  await clock.advance(899_000)
  const late = await attach({ received: 0 })
  expect(late.stdout).toBe('tail')
  expect(late.statuses).toMatchObject([{ reconnected: true }, { kind: 'exit', code: 4 }])
  late.terminate()
  await clock.advance(900_000)
  expect(host.list()).toEqual([])
  expect((await attach()).statuses).toMatchObject([{ reconnected: false }])
})

it('the shell host pauses the program above the window and resumes it below the low mark', async () => {
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock)
  const channel = await attach({ lease: 'L1' })
  hello(channel, 'L1')
  backend.say(new Uint8Array(196_608))
  expect(backend.paused).toBe(false)
  backend.say(new Uint8Array(1))
  expect(backend.paused).toBe(true)
  ack(channel, 196_609, 196_609 - 49_152)
  expect(backend.paused).toBe(true)
  ack(channel, 196_609, 196_609 - 49_151)
  expect(backend.paused).toBe(false)
})

it('the shell host keeps the program paused for a dropped client of the extension, for 30 s, and not for one that detached', async () => {
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock)
  const dropped = await attach({ lease: 'L1' })
  hello(dropped, 'L1')
  dropped.terminate()
  backend.say(new Uint8Array(200_000))
  expect(backend.paused).toBe(true)
  await clock.advance(29_999)
  expect(backend.paused).toBe(true)
  await clock.advance(1)
  expect(backend.paused).toBe(false)
  const detaching = await attach({ lease: 'L1' })
  hello(detaching, 'L1')
  ack(detaching, 200_000)
  detaching.sink?.frame(encodeFrame('ctrl', encodeControl({ type: 'detach' })))
  expect(detaching.closedWith).toMatchObject({ code: 1000 })
  backend.say(new Uint8Array(200_000))
  expect(backend.paused).toBe(false)
})

it('the shell host pauses for a published client above 1 MiB of socket buffer and resumes below 256 KiB', async () => {
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock)
  const channel = await attach()
  channel.bufferedBytes = 1_048_577
  backend.say('x')
  expect(backend.paused).toBe(true)
  channel.bufferedBytes = 262_144
  await clock.advance(10)
  expect(backend.paused).toBe(true)
  channel.bufferedBytes = 262_143
  await clock.advance(10)
  expect(backend.paused).toBe(false)
})

it('the shell host closes an observer that is too slow and does not understand gaps with 4008', async () => {
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock)
  await attach()
  const observer = await attach({ observe: true })
  observer.bufferedBytes = 1_048_577
  for (let index = 0; index < 10; index++) backend.say(new Uint8Array(60_000))
  observer.drain()
  await clock.advance(1)
  expect(observer.closedWith).toMatchObject({ code: 4008 })
})

it('the shell host acknowledges input within 5 ms of its being written, not when it is queued', async () => {
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock)
  const channel = await attach({ lease: 'L1' })
  hello(channel, 'L1')
  backend.stall = true
  channel.sink?.frame(encodeFrame('stdin', 'abc'))
  await clock.advance(100)
  expect(channel.payloads(CHANNEL_BYTES.ack).at(-1)).toEqual(Buffer.alloc(8))
  backend.stalled?.()
  await clock.advance(5)
  expect(channel.payloads(CHANNEL_BYTES.ack).at(-1)?.readBigUInt64BE()).toBe(3n)
})

it('the shell host reports a returning lease what it accepted before the drop, once, also while it still waits to be written', async () => {
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock)
  const first = await attach({ lease: 'L1' })
  hello(first, 'L1')
  backend.stall = true
  first.sink?.frame(encodeFrame('stdin', 'abc'))
  first.sink?.frame(encodeFrame('stdin', 'de'))
  const second = await attach({ lease: 'L1' })
  expect(second.statuses[0]).toMatchObject({ holdfast: { in: 5, lease: 'L1' } })
  expect(first.terminated).toBe(true)
  first.sink?.frame(encodeFrame('stdin', 'late'))
  backend.stall = false
  backend.stalled?.()
  expect(Buffer.concat(backend.input).toString()).toBe('abcde')
})

it('the shell host stops reading a connection while 256 KiB of its input wait, and reads on afterwards', async () => {
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock)
  const channel = await attach()
  backend.stall = true
  for (let index = 0; index < 8; index++) channel.sink?.frame(encodeFrame('stdin', new Uint8Array(40_000)))
  expect(channel.paused).toBe(true)
  backend.stall = false
  backend.stalled?.()
  expect(channel.paused).toBe(false)
})

const FRAMES = process.env['HOLDFAST_LONG'] === '1' ? 100_000 : 20_000

it('the shell host survives random frames by the ten thousand: no throw, no harm to the shell', async () => {
  const random = seededRandom('frames')
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock)
  const channels = [0, 1, 2, 3, 4, 5, 0xf0, 0xf1, 0xff, 0x77]
  const jsons = [
    '{"type":"hello","lease":"L","in":9}',
    '{"type":"takeover"}',
    '{"type":"snapshot"}',
    '{"width":7,"height":7}',
  ]
  let channel = await attach()
  for (let index = 0; index < FRAMES; index++) {
    if (channel.closedWith !== undefined || channel.sent.length > 5000) channel = await attach()
    const byte = random.pick(channels)
    // An empty CLOSE kills by right; everything else may come.
    const length = random.integer(byte === 0xff ? 1 : 0, 24)
    const noise = Uint8Array.from({ length }, () => random.integer(0, 255))
    const payload = random.chance(0.2) ? Buffer.from(random.pick(jsons)) : noise
    channel.sink?.frame(random.chance(0.001) ? 'text' : Buffer.concat([Buffer.from([byte]), payload]))
  }
  backend.say('still here')
  channel = await attach({ received: 0, lease: 'fresh' })
  expect(channel.stdout).toContain('still here')
}, 60_000)

const tab = (instance: string) => ({ lease: 'L1', instance })

it('a copy of a checkpoint watches while the client that it was made by is there and answers', async () => {
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock)
  const first = await attach(tab('one'))
  hello(first, 'L1')
  const coming = attach(tab('two'))
  await clock.advance(10)
  expect(first.pings).toBe(1)
  first.sink?.pong?.()
  const second = await coming
  expect([first.terminated, first.closedWith]).toEqual([false, undefined])
  expect(second.statuses[0]).toMatchObject({ holdfast: { role: 'observer' } })
  expect(second.statuses[0]).not.toMatchObject({ holdfast: { lease: 'L1' } })
  backend.say('both see it')
  expect(second.stdout).toBe('both see it')
})

it('a copy of a checkpoint takes the shell where it asks for that, and the other client is notified', async () => {
  const clock = new VirtualClock()
  const { attach } = fakeHost(clock)
  const first = await attach(tab('one'))
  const coming = attach({ ...tab('two'), onConflict: 'takeover' })
  await clock.advance(10)
  first.sink?.pong?.()
  const second = await coming
  expect(first.closedWith).toMatchObject({ code: 4000 })
  expect(second.statuses[0]).toMatchObject({ holdfast: { role: 'writer' } })
})

it('a client that was reloaded replaces its old connection when that stays silent for a second', async () => {
  const clock = new VirtualClock()
  const { attach } = fakeHost(clock)
  const first = await attach(tab('one'))
  const coming = attach(tab('two'))
  await clock.advance(999)
  expect(first.terminated).toBe(false)
  await clock.advance(1)
  expect((await coming).statuses[0]).toMatchObject({ holdfast: { role: 'writer', lease: 'L1' } })
  expect(first.terminated).toBe(true)
})

it('a client of the same instance replaces its own connection at once', async () => {
  const clock = new VirtualClock()
  const { attach } = fakeHost(clock)
  const first = await attach(tab('one'))
  const second = await attach(tab('one'))
  expect([first.terminated, first.pings]).toEqual([true, 0])
  expect(second.statuses[0]).toMatchObject({ holdfast: { role: 'writer', lease: 'L1' } })
})
