import { systemClock } from '@holdfast/contract'
import { decodeStatus, encodeControl, encodeOutputAck, encodeResize, type ResumeOffer } from '@holdfast/protocol/shell'
import { encodeFrame } from '@holdfast/shell-framing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type FakeChannel, type FakeHost, fakeHost } from '../fakes.ts'
import { judge, show, stateOf } from './screen-state.ts'

const ESC = '\u001b'
const SCREEN = 0xf2
const CTRL = 0xf1
const hello = (channel: FakeChannel, lease: string): void =>
  channel.sink?.frame(encodeFrame('ctrl', encodeControl({ type: 'hello', lease, in: 0 })))
const ack = (channel: FakeChannel, offset: number): void =>
  channel.sink?.frame(encodeFrame('ack', encodeOutputAck({ received: offset, consumed: offset })))

/** More than the ring has room for, with a full-screen program in it that begins before and does not end. */
const FULL_SCREEN = [
  `${ESC}]2;a title${ESC}\\${ESC}[?1049h${ESC}[?1;1000;1006;2004h${ESC}[2;20r${ESC}[?25l${ESC}=`,
  ...Array.from(
    { length: 9_000 },
    (_, row) => `${ESC}[${(row % 24) + 1};1H${ESC}[3${row % 8}mrow ${row} ${'─'.repeat(20)}`,
  ),
  `${ESC}]52;c;QQ==\u0007${ESC}]9;done\u0007\u0007`,
].join('')

/** The offer of the last confirmation. */
function offerOf(channel: FakeChannel): ResumeOffer {
  const confirmations = channel.payloads(3).map((payload) => decodeStatus(payload))
  const last = confirmations.at(-1)
  if (last?.ok !== true || last.message.kind !== 'confirmation' || last.message.holdfast === undefined) {
    throw new Error('there is no offer')
  }
  return last.message.holdfast
}

async function until(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 500 && !condition(); round++) await new Promise((resolve) => setTimeout(resolve, 10))
}

let fake: FakeHost
beforeAll(() => {
  fake = fakeHost(systemClock, { screens: true })
})
afterAll(() => fake.host.close())

async function shell(shellId: string): Promise<{
  attach(target?: Parameters<FakeHost['attach']>[0]): Promise<FakeChannel>
  say(text: string): void
  typed(): string
}> {
  const first = await fake.attach({ shellId, lease: 'L1', screen: 'frames' })
  const { events, input } = { events: fake.backend.events, input: fake.backend.input }
  hello(first, 'L1')
  const before = input.length
  return {
    attach: (target = {}) => fake.attach({ shellId, ...target }),
    say: (text) => events?.output(Buffer.from(text)),
    typed: () => Buffer.concat(input.slice(before)).toString(),
  }
}

it('a client that returns after the ring has turned over gets the screen, and the output continues behind it', async () => {
  const { attach, say } = await shell('ring')
  say(FULL_SCREEN)
  const late = await attach({ lease: 'L2', screen: 'frames' })
  say('and on')
  const holdfast = offerOf(late)
  const painted = Buffer.concat(late.payloads(SCREEN))
  expect(holdfast.screen?.bytes).toBe(painted.length)
  expect([holdfast.out, holdfast.live]).toEqual([Buffer.byteLength(FULL_SCREEN), Buffer.byteLength(FULL_SCREEN)])
  const all = judge()
  show(all, `${FULL_SCREEN}and on`)
  const terminal = judge()
  show(terminal, painted)
  show(terminal, late.stdout)
  expect(stateOf(terminal)).toEqual(stateOf(all))
})

it('a published client gets the screen as output that only paints, and gets no offsets', async () => {
  const { attach, say } = await shell('published')
  say(`${FULL_SCREEN}${ESC}[?1004h`)
  const late = await attach()
  expect(late.statuses[0]).toMatchObject({ reconnected: true, holdfast: undefined })
  const all = judge()
  show(all, FULL_SCREEN)
  const terminal = judge()
  show(terminal, late.stdout)
  expect(stateOf(terminal)).toEqual(stateOf(all))
  expect(late.stdout).not.toMatch(/\u001b\](52|9);|\u0007|1004h/)
  say('and on')
  expect(late.stdout.endsWith('and on')).toBe(true)
})

it('a client whose position is kept gets the bytes, and one that wants bytes alone gets what is kept', async () => {
  const { attach, say } = await shell('bytes')
  say('one two three')
  const back = await attach({
    lease: 'L1',
    screen: 'frames',
    received: 4,
    epoch: offerOf(await attach({ screen: 'none', observe: true })).epoch,
  })
  expect([back.stdout, back.payloads(SCREEN)]).toEqual(['two three', []])
  expect(offerOf(back).screen).toBeUndefined()
  const bytes = await attach({ screen: 'none', observe: true })
  expect(bytes.stdout).toBe('one two three')
})

it('a question is answered at once, and once, while no writer is attached', async () => {
  const { attach, say, typed } = await shell('asks')
  const writer = await attach({ lease: 'L1', screen: 'frames', received: 0 })
  hello(writer, 'L1')
  say(`${ESC}[c`)
  ack(writer, 3)
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(typed()).toBe('')
  writer.terminate()
  const since = performance.now()
  say(`${ESC}[5n`)
  await until(() => typed() !== '')
  expect(typed()).toBe(`${ESC}[0n`)
  expect(performance.now() - since).toBeLessThan(1_000)
  // It is back: what it has not seen it shows and leaves alone.
  const back = await attach({ lease: 'L1', screen: 'frames', received: 3 })
  hello(back, 'L1')
  expect(offerOf(back)).toMatchObject({ out: 3, live: 7 })
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(typed()).toBe(`${ESC}[0n`)
})

it('a question that never arrived is answered when the writer is back, and one that did is not', async () => {
  const { attach, say, typed } = await shell('in-flight')
  const writer = await attach({ lease: 'L1', screen: 'frames', received: 0 })
  hello(writer, 'L1')
  say(`${ESC}[c`)
  say(`${ESC}[5n`)
  await new Promise((resolve) => setTimeout(resolve, 200))
  writer.terminate()
  await attach({ lease: 'L1', screen: 'frames', received: 3 })
  await until(() => typed() !== '')
  expect(typed()).toBe(`${ESC}[0n`)
})

it('a question that the server answered is not in what a published client gets of the time before', async () => {
  const { attach, say, typed } = await shell('holes')
  const published = await attach({})
  say('seen')
  published.sink?.pong?.()
  published.terminate()
  say(`miss${ESC}[5ned`)
  await until(() => typed() !== '')
  const back = await attach({})
  expect(back.stdout.endsWith('missed')).toBe(true)
  expect(back.stdout).not.toContain(`${ESC}[5n`)
  expect(typed()).toBe(`${ESC}[0n`)
})

it('the terminal has the size of the smallest window where that was asked for, and each client is notified', async () => {
  const first = await fake.attach({
    shellId: 'small',
    lease: 'L1',
    screen: 'none',
    sizing: 'smallest',
    size: { width: 100, height: 40 },
  })
  hello(first, 'L1')
  const watcher = await fake.attach({ shellId: 'small', lease: 'L2', screen: 'none', observe: true })
  hello(watcher, 'L2')
  expect(offerOf(watcher)).toMatchObject({ sizing: 'smallest', size: { width: 100, height: 40 } })
  watcher.sink?.frame(encodeFrame('resize', encodeResize({ width: 60, height: 50 })))
  const resized = (channel: FakeChannel): unknown[] =>
    channel
      .payloads(CTRL)
      .map((payload) => JSON.parse(payload.toString()))
      .filter(({ type }) => type === 'resized')
  expect(resized(first)).toEqual([{ type: 'resized', size: { width: 60, height: 40 } }])
  expect(resized(watcher)).toEqual([{ type: 'resized', size: { width: 60, height: 40 } }])
  watcher.terminate()
  expect(resized(first).at(-1)).toEqual({ type: 'resized', size: { width: 100, height: 40 } })
})

it('an observer gets the size of the writer, and has no say in it', async () => {
  const { attach } = await shell('watched')
  const writer = await attach({ lease: 'L1', screen: 'none', received: 0 })
  hello(writer, 'L1')
  const watcher = await attach({ lease: 'L2', screen: 'none', observe: true })
  hello(watcher, 'L2')
  writer.sink?.frame(encodeFrame('resize', encodeResize({ width: 132, height: 50 })))
  watcher.sink?.frame(encodeFrame('resize', encodeResize({ width: 10, height: 10 })))
  const controls = watcher.payloads(CTRL).map((payload) => JSON.parse(payload.toString()))
  expect(controls).toMatchObject([
    { type: 'resized', size: { width: 132, height: 50 } },
    { type: 'error', code: 'shell/forbidden' },
  ])
})
