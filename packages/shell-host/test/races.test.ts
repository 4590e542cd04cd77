import { decodeStatus, encodeControl, type ResumeOffer } from '@holdfast/protocol/shell'
import { encodeFrame } from '@holdfast/shell-framing'
import { VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { dialectOf } from '../src/client/dialects/dialects.ts'
import type { AdmissionRequest } from '../src/index.ts'
import { FakeChannel, fakeHost } from './fakes.ts'

const request = (shellId: string, sessionId = 's'): AdmissionRequest => ({
  principal: { id: 'ada', scopes: new Set(['shell']) },
  dialect: dialectOf('agentcore'),
  requested: { kind: 'shell', target: { shellId, sessionId } },
})

it.each([
  ['shells of this process', { maxShells: 1 }],
  ['attached shells of a session', { maxAttachedPerSession: 1 }],
  ['memory for output', { ringBytes: 100_000, totalRingBytes: 100_000 }],
])('the shell host keeps to its bound when many ask at once: %s', async (_what, limits) => {
  const { host } = fakeHost(new VirtualClock(), { limits })
  const admitted = await Promise.all([host.admit(request('a')), host.admit(request('b'))])
  const channels = [new FakeChannel(), new FakeChannel()]
  await Promise.all(admitted.map((each, index) => each.attach(channels[index] ?? new FakeChannel())))
  expect(host.stats()).toMatchObject({ running: 1, attached: 1 })
  expect(channels.map(({ closedWith }) => closedWith?.code)).toEqual([undefined, 1012])
})

it('the shell host counts the memory that running shells may come to use, not what they use now', async () => {
  const { host, attach } = fakeHost(new VirtualClock(), { limits: { ringBytes: 1_000_000, totalRingBytes: 2_500_000 } })
  await attach({ shellId: 'a' })
  await attach({ shellId: 'b' })
  await expect(host.admit(request('c'))).rejects.toMatchObject({ code: 'shell/too_many' })
})

it('the shell host counts shells with clients for a session, not their observers', async () => {
  const { host, attach } = fakeHost(new VirtualClock(), { limits: { maxAttachedPerSession: 2, maxObservers: 3 } })
  await attach({ shellId: 'a' })
  for (let index = 0; index < 3; index++) await attach({ shellId: 'a', observe: true })
  await attach({ shellId: 'b' })
  await expect(host.admit(request('c'))).rejects.toMatchObject({ code: 'shell/too_many' })
  const fourth = { ...request('a'), requested: { kind: 'shell', target: { shellId: 'a', observe: true } } } as const
  await expect(host.admit(fourth)).rejects.toMatchObject({ code: 'shell/too_many' })
  expect(host.stats().attached).toBe(5)
})

it('the shell host keeps a tombstone for the whole retention time, however long the shell was detached before', async () => {
  const clock = new VirtualClock()
  const { attach, backend, host } = fakeHost(clock)
  const first = await attach()
  first.terminate()
  await clock.advance(890_000)
  backend.say('tail')
  backend.events?.exit({ code: 4 })
  await clock.advance(890_000)
  const late = await attach({ received: 0 })
  expect(late.statuses).toMatchObject([{ reconnected: true }, { kind: 'exit', code: 4 }])
  late.terminate()
  await clock.advance(900_001)
  expect(host.list()).toEqual([])
})

it('the shell host keeps so many tombstones at most, the newest', async () => {
  const { attach, backend, host } = fakeHost(new VirtualClock(), { limits: { maxTombstones: 3 } })
  for (let index = 0; index < 10; index++) {
    const channel = await attach({ shellId: `n${index}` })
    backend.events?.exit({ code: 0 })
    channel.terminate()
  }
  await attach({ shellId: 'last' })
  expect(host.list().map(({ shellId }) => shellId)).toEqual(['n7', 'n8', 'n9', 'last'])
})

it('the shell host lets a client go when its credentials end, and its shell waits; a program of one connection runs on', async () => {
  const clock = new VirtualClock()
  const { host } = fakeHost(clock)
  const until = { id: 'ada', scopes: new Set(['shell']), expiresAt: clock.epoch() + 60_000 }
  const channel = new FakeChannel()
  await (await host.admit({ ...request('a'), principal: until })).attach(channel)
  const target = { namespace: 'n', pod: 'p', command: ['x'], stdin: true, stdout: true, stderr: true, tty: true }
  const program = new FakeChannel()
  const exec = { principal: until, dialect: dialectOf('k8s-v5'), requested: { kind: 'exec', target } } as const
  await (await host.admit(exec)).attach(program)
  await clock.advance(59_999)
  expect(channel.closedWith).toBeUndefined()
  await clock.advance(1)
  expect(channel.closedWith).toMatchObject({ code: 4401 })
  expect(program.closedWith).toBeUndefined()
  expect(host.stats().running).toBe(2)
  await host.close()
})

it('the shell host makes no client a writer by takeover that may not write', async () => {
  let mayWrite = true
  const { attach } = fakeHost(new VirtualClock(), { authorize: (_who, action) => mayWrite || action !== 'write' })
  await attach()
  mayWrite = false
  const channel = await attach({ observe: true, lease: 'L1' })
  channel.sink?.frame(encodeFrame('ctrl', encodeControl({ type: 'hello', lease: 'L1', in: 0 })))
  channel.sink?.frame(encodeFrame('ctrl', encodeControl({ type: 'takeover' })))
  const controls = channel.payloads(0xf1).map((payload) => JSON.parse(payload.toString()))
  expect(controls).toMatchObject([{ type: 'error', code: 'shell/forbidden' }])
})

it('watching a shell does not start it, because it would have no writer', async () => {
  const { attach, host } = fakeHost(new VirtualClock())
  await expect(attach({ observe: true })).rejects.toMatchObject({ code: 'shell/not_found' })
  expect(host.list()).toEqual([])
})

it('a writer that returned and dropped again before its first frame is waited for like one that never came', async () => {
  const clock = new VirtualClock()
  const { attach, backend } = fakeHost(clock, { limits: { holdForReturnMs: 30_000 } })
  const hello = (channel: FakeChannel): void =>
    channel.sink?.frame(encodeFrame('ctrl', encodeControl({ type: 'hello', lease: 'L1', in: 0 })))
  const first = await attach({ lease: 'L1' })
  hello(first)
  first.terminate()
  const second = await attach({ lease: 'L1' })
  second.terminate()
  const piece = new Uint8Array(65_536)
  for (let at = 0; at < 100 && !backend.paused; at++) backend.say(piece)
  expect(backend.paused).toBe(true)
  const third = await attach({ lease: 'L1', received: 0 })
  expect(third.statuses[0]).toMatchObject({ kind: 'confirmation', bytesDropped: 0 })
})

it('a program is held back for a returning writer whose link is up and has said nothing yet', async () => {
  const { attach, backend } = fakeHost(new VirtualClock())
  const first = await attach({ lease: 'L1' })
  first.sink?.frame(encodeFrame('ctrl', encodeControl({ type: 'hello', lease: 'L1', in: 0 })))
  first.terminate()
  await attach({ lease: 'L1', received: 0 })
  const piece = new Uint8Array(65_536)
  for (let at = 0; at < 100 && !backend.paused; at++) backend.say(piece)
  expect(backend.paused).toBe(true)
})

const typed = (text: string): Uint8Array => encodeFrame('stdin', Buffer.from(text))

it('a writer that is away is remembered, however many look in meanwhile', async () => {
  const { attach, backend } = fakeHost(new VirtualClock(), { limits: { maxObservers: 100 } })
  const first = await attach({ lease: 'L1' })
  first.sink?.frame(encodeFrame('ctrl', encodeControl({ type: 'hello', lease: 'L1', in: 0 })))
  first.sink?.frame(typed('rm -rf build; '))
  first.terminate()
  const { epoch } = offerOf(first)
  for (let at = 0; at < 80; at++) {
    const visitor = await attach({ observe: true, lease: `visitor-${at}` })
    visitor.sink?.frame(encodeFrame('ctrl', encodeControl({ type: 'hello', lease: `visitor-${at}`, in: 0 })))
    visitor.terminate()
  }
  const back = await attach({ lease: 'L1', epoch, received: 0 })
  expect(offerOf(back)).toMatchObject({ lease: 'L1', in: 'rm -rf build; '.length })
  expect(backend.input.join('')).toBe('rm -rf build; ')
})

it('a writer that was forgotten gets another lease, so that it takes what it had sent for in doubt', async () => {
  const { attach } = fakeHost(new VirtualClock())
  const first = await attach({ lease: 'L1' })
  first.sink?.frame(encodeFrame('ctrl', encodeControl({ type: 'hello', lease: 'L1', in: 0 })))
  first.sink?.frame(typed('rm -rf build; '))
  const { epoch } = offerOf(first)
  for (let at = 0; at < 64; at++) await attach({ lease: `writer-${at}` })
  const back = await attach({ lease: 'L1', epoch, received: 0 })
  expect(offerOf(back)).toMatchObject({ in: 0 })
  expect(offerOf(back).lease).not.toBe('L1')
  // A lease that was never here is taken as it is given.
  const fresh = await attach({ lease: 'L2' })
  expect(offerOf(fresh).lease).toBe('L2')
})

function offerOf(channel: FakeChannel): ResumeOffer {
  for (const payload of channel.payloads(3)) {
    const status = decodeStatus(payload)
    if (status.ok && status.message.kind === 'confirmation' && status.message.holdfast) return status.message.holdfast
  }
  throw new Error('no confirmation')
}
