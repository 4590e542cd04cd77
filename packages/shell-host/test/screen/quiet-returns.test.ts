import { systemClock } from '@holdfast/contract'
import { encodeControl, encodeOutputAck } from '@holdfast/protocol/shell'
import { encodeFrame } from '@holdfast/shell-framing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FakeChannel, type FakeHost, fakeHost } from '../fakes.ts'
import { judge, show, stateOf } from './screen-state.ts'

const ESC = '\u001b'
const BEL = '\u0007'
const ACTS = `${ESC}]52;c;QQ==${BEL}${ESC}]9;done${BEL}${BEL}${ESC}[8;20;60t${ESC}[6n${ESC}[c${ESC}]11;?${BEL}`

/** A bound on what never comes, not on what takes its time on a busy machine. */
const SOON = { timeout: 30_000 }

let fake: FakeHost
beforeAll(() => {
  fake = fakeHost(systemClock, { screens: true })
})
afterAll(() => fake.host.close())

/** A published client, which sends no position, on a shell of its own; and what its program says. */
async function published(shellId: string): Promise<{
  attach(): Promise<FakeChannel>
  say(text: string | Uint8Array): void
}> {
  const attach = (): Promise<FakeChannel> => fake.attach({ shellId })
  const first = await attach()
  const { events } = fake.backend
  events?.output(Buffer.from('seen'))
  first.sink?.pong?.()
  await new Promise((resolve) => setTimeout(resolve, 200))
  first.sink?.pong?.()
  first.terminate()
  return { attach, say: (text) => events?.output(Buffer.from(text)) }
}

describe('a published client that comes back to where it was', () => {
  it('gets what it missed as output that only paints, and what follows as it is', async () => {
    const { attach, say } = await published('missed')
    say(`${ESC}[31mred${ACTS}${ESC}[?1049hfull`)
    const back = await attach()
    expect(back.stdout).toBe(`${ESC}[31mred${ESC}[?1049hfull`)
    // Whoever counts offsets would count what was left out.
    expect(back.statuses).toMatchObject([{ reconnected: true, bytesDropped: 0, holdfast: undefined }])
    say(ACTS)
    await expect.poll(() => back.stdout.endsWith(ACTS), SOON).toBe(true)
  })

  it('gets a sequence that is whole only now in one piece, for where it ends', async () => {
    const { attach, say } = await published('open')
    say(`text${ESC}]52;c;QQ`)
    const back = await attach()
    expect(back.stdout).toBe(`text${ESC}]52;c;QQ`)
    say(`==${BEL}on`)
    await expect.poll(() => back.stdout, SOON).toBe(`text${ESC}]52;c;QQ==${BEL}on`)
  })

  it.each([
    ['a clipboard write', `${ESC}]52;c;QQ`, `==${BEL}after`, '\u0018after'],
    ['a colour', `${ESC}[3`, '1mafter', `\u0018${ESC}[31mafter`],
    ['a character', Buffer.from([0xe6]), Buffer.from([0xbc, 0xa2, 0x61]), Buffer.from([0xbc, 0xa2, 0x61])],
  ])('is not left in the middle of %s', async (name, begun, rest, shown) => {
    const shellId = name.replaceAll(' ', '-')
    const attach = (): Promise<FakeChannel> => fake.attach({ shellId })
    const first = await attach()
    const { events } = fake.backend
    events?.output(Buffer.from(begun))
    await new Promise((resolve) => setTimeout(resolve, 200))
    first.sink?.pong?.()
    first.terminate()
    events?.output(Buffer.from(rest))
    const back = await attach()
    expect(Buffer.concat(back.payloads(1))).toEqual(Buffer.from(shown))
  })

  it('gets it again where the link dies before it has arrived', async () => {
    const { attach, say } = await published('twice')
    say('missed')
    const second = await attach()
    expect(second.stdout).toBe('missed')
    second.terminate()
    expect((await attach()).stdout).toBe('missed')
  })
})

it('the first client of a shell gets every byte, whatever the program did before it came', async () => {
  const first = await fake.attach({ shellId: 'first' })
  fake.backend.say(ACTS)
  await expect.poll(() => first.stdout, SOON).toBe(ACTS)
})

it('a watcher that is too slow for the output gets the picture of the terminal in its place, and no gap', async () => {
  const writer = await fake.attach({ shellId: 'slow', lease: 'W', screen: 'none' })
  const { events } = fake.backend
  const watcher = await fake.attach({ shellId: 'slow', lease: 'S', screen: 'frames', observe: true })
  watcher.sink?.frame(encodeFrame('ctrl', encodeControl({ type: 'hello', lease: 'S', in: 0 })))
  const first = watcher.payloads(0xf2).length
  watcher.bufferedBytes = 10_000_000
  const lines = Array.from({ length: 30_000 }, (_, row) => `line ${row} of many\r\n`).join('')
  for (let at = 0; at < lines.length; at += 4_096) {
    events?.output(Buffer.from(lines.slice(at, at + 4_096)))
    const size = Math.min(at + 4_096, lines.length)
    writer.sink?.frame(encodeFrame('ack', encodeOutputAck({ received: size, consumed: size })))
  }
  watcher.drain()
  await expect.poll(() => watcher.payloads(0xf2).length, SOON).toBeGreaterThan(first)
  events?.output(Buffer.from('the end'))
  await expect.poll(() => watcher.stdout, SOON).toMatch(/the end$/)
  const controls = watcher.payloads(0xf1).map((payload) => JSON.parse(payload.toString()))
  const picture = Buffer.concat(watcher.payloads(0xf2).slice(first))
  expect(controls).toEqual([
    { type: 'screen', at: lines.length, bytes: picture.length, size: { width: 80, height: 24 } },
  ])
  const terminal = judge()
  show(terminal, picture)
  show(terminal, 'the end')
  const all = judge()
  show(all, `${lines}the end`)
  expect(stateOf(terminal)['cursor']).toEqual(stateOf(all)['cursor'])
  expect(terminal.buffer.active.getLine(terminal.buffer.active.baseY + 22)?.translateToString(true)).toBe(
    'line 29999 of many',
  )
})
