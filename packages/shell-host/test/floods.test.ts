import { encodeControl } from '@holdfast/protocol/shell'
import { encodeFrame } from '@holdfast/shell-framing'
import { VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { FakeChannel, fakeHost } from './fakes.ts'

/** As a socket whose other end reads nothing. */
class UnreadChannel extends FakeChannel {
  override send(frame: Uint8Array): void {
    super.send(frame)
    this.bufferedBytes += frame.length
  }
}

const hello = encodeFrame('ctrl', encodeControl({ type: 'hello', lease: 'L1', in: 0 }))
/** What a client may have under way without reading any of it, with room to spare. */
const BOUND = 4_000_000

/** Frames of a client that continues while it is read. */
function flood(channel: FakeChannel, frame: Uint8Array, most: number): void {
  for (let sent = 0; sent < most && !channel.paused; sent++) channel.sink?.frame(frame)
}

it.each([
  ['snapshots', encodeFrame('ctrl', encodeControl({ type: 'snapshot' })), 10_000],
  ['heartbeats', encodeFrame('heartbeat'), 1_000_000],
  ['refused frames', encodeFrame('stdout', 'towards a shell'), 1_000_000],
])('the shell host reads no more of a client that reads no answers: %s', async (_what, frame, most) => {
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock, { limits: { socketHighBytes: 65_536 } })
  const channel = await attach({ lease: 'L1' }, 'agentcore', new UnreadChannel())
  channel.sink?.frame(hello)
  backend.say(new Uint8Array(150_000))
  flood(channel, frame, most)
  expect(channel.paused).toBe(true)
  expect(channel.bufferedBytes).toBeLessThan(1_000_000)
  channel.drain()
  await clock.advance(1)
  expect(channel.paused).toBe(false)
})

it('the shell host lets no error output of a program pile up for an observer that does not read', async () => {
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock)
  const writer = await attach()
  const published = await attach({ observe: true }, 'agentcore', new UnreadChannel())
  const ours = await attach({ observe: true, lease: 'L1' }, 'agentcore', new UnreadChannel())
  ours.sink?.frame(hello)
  for (let index = 0; index < 100; index++) backend.events?.errorOutput?.(new Uint8Array(60_000))
  expect(writer.payloads(2).reduce((sum, { length }) => sum + length, 0)).toBe(6_000_000)
  expect(published.closedWith).toMatchObject({ code: 4008 })
  expect(ours.closedWith).toBeUndefined()
  expect(ours.bufferedBytes).toBeLessThan(BOUND)
  const controls = ours.payloads(0xf1).map((payload) => JSON.parse(payload.toString()))
  expect(controls).toContainEqual(expect.objectContaining({ type: 'error', code: 'shell/too_slow' }))
})

it('the shell host lets no control messages pile up for an observer that does not read', async () => {
  const clock = new VirtualClock()
  const { attach } = fakeHost(clock)
  const writer = await attach()
  const observer = await attach({ observe: true, lease: 'L1' }, 'agentcore', new UnreadChannel())
  observer.sink?.frame(hello)
  for (let width = 1; width <= 60_000 && observer.closedWith === undefined; width++) {
    writer.sink?.frame(encodeFrame('resize', `{"width":${width},"height":24}`))
  }
  expect(observer.closedWith).toMatchObject({ code: 4008 })
  expect(observer.bufferedBytes).toBeLessThan(BOUND)
})

it('the shell host does not take a client for dead whose pongs it does not read itself, because a program takes no input', async () => {
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock)
  const channel = await attach()
  backend.stall = true
  for (let index = 0; index < 8; index++) channel.sink?.frame(encodeFrame('stdin', new Uint8Array(40_000)))
  expect(channel.paused).toBe(true)
  await clock.advance(1_000_000)
  expect(channel.terminated).toBe(false)
  // A client that is gone is noticed by what is sent to it.
  expect(channel.pings).toBeGreaterThan(10)
  backend.stall = false
  backend.stalled?.()
  expect(channel.paused).toBe(false)
  await clock.advance(59_000)
  expect(channel.terminated).toBe(false)
  await clock.advance(31_000)
  expect(channel.terminated).toBe(true)
})

it('the shell host reads its client again when a program ends that left input unread', async () => {
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock)
  const channel = await attach({ lease: 'L1' })
  channel.sink?.frame(hello)
  backend.stall = true
  for (let index = 0; index < 8; index++) channel.sink?.frame(encodeFrame('stdin', new Uint8Array(40_000)))
  expect(channel.paused).toBe(true)
  backend.say('its last word')
  backend.events?.exit({ code: 0 })
  expect(channel.paused).toBe(false)
  await clock.advance(5)
  expect(channel.payloads(0xf0).at(-1)?.readBigUInt64BE()).toBeGreaterThanOrEqual(280_000n)
})
