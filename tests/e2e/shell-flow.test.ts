import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { ShellSession } from '@holdfast/shell'
import { shellEndpoint } from '@holdfast/shell'
import { expect, it } from 'vitest'
import { raw, type ShellWorld, shellWorld, sleep } from './shell/support.ts'

const LONG = process.env['HOLDFAST_LONG'] === '1'
const MEGABYTES = LONG ? 300 : 30
const PASTED_MEGABYTES = LONG ? 100 : 10
const WINDOW = 196_608
const printer = fileURLToPath(new URL('./shell/printer.mjs', import.meta.url))

const outputOf = (world: ShellWorld): number => world.host.list().at(-1)?.outputBytes ?? 0

/** Waits until the program has filled the window, and has printed nothing since. */
async function untilItStands(world: ShellWorld): Promise<number> {
  let before = -1
  // It is held back above the window, not before.
  while (outputOf(world) !== before || before < WINDOW) {
    before = outputOf(world)
    await sleep(200)
  }
  return before
}

async function readAll(session: ShellSession): Promise<{ bytes: number; sha: string; gaps: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  let gaps = 0
  for await (const frame of session) {
    if (frame.channel === 'gap') gaps += 1
    if (frame.channel !== 'stdout') continue
    hash.update(frame.payload)
    bytes += frame.payload.length
  }
  return { bytes, sha: hash.digest('hex'), gaps }
}

it(`a shell pauses a program of ${MEGABYTES} MB without a reader, and delivers all of it afterwards`, {
  timeout: LONG ? 300_000 : 180_000,
}, async () => {
  await using world = await shellWorld()
  const size = MEGABYTES * 1_000_000
  const session = world.session({ command: raw(process.execPath, printer, String(size)) })
  await session.connect()
  const before = process.memoryUsage()
  const stoodAt = await untilItStands(world)
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  // Bounded by the window, plus one chunk that was under way.
  expect(stoodAt).toBeLessThanOrEqual(WINDOW + 65_536)
  const grown = arrayBuffers - before.arrayBuffers + heapUsed - before.heapUsed
  expect(grown).toBeLessThan(15_000_000)
  await session.resize(101, 31)
  const all = await readAll(session)
  expect(all.bytes).toBe(size)
  expect(all.gaps).toBe(0)
  const expected = createHash('sha256')
  const chunk = Buffer.from(Uint8Array.from({ length: 65_536 }, (_, at) => (at * 31 + 7) % 256))
  for (let left = size; left > 0; left -= chunk.length) expected.update(chunk.subarray(0, Math.min(left, chunk.length)))
  expect(all.sha).toBe(expected.digest('hex'))
  expect(await session.result).toMatchObject({ kind: 'exited', code: 0 })
  console.info(`stood at ${stoodAt} bytes, memory grew by ${grown} bytes`)
})

it('a signal reaches a paused program of a shell, and kills it', { timeout: 60_000 }, async () => {
  await using world = await shellWorld()
  const session = world.session({ command: raw('/bin/bash', '-c', 'trap "exit 5" INT; while :; do echo yes; done') })
  await session.connect()
  await untilItStands(world)
  await session.signal('SIGINT')
  const all = await readAll(session)
  expect(all.bytes).toBeGreaterThan(WINDOW / 2)
  expect(await session.result).toMatchObject({ kind: 'exited', code: 5 })

  const other = world.session({ command: raw('/bin/cat', '/dev/zero') })
  await other.connect()
  while (world.host.list().length < 2 || outputOf(world) < WINDOW) await sleep(20)
  expect(await other.kill()).toEqual({ killed: true })
})

/** Reads nothing before an interrupt; tells its terminal's size at each change. Then it tells what it was given. */
const stalled = (size: number): string[] =>
  raw(
    '/bin/bash',
    '-c',
    `trap 'go=1' INT; trap 'echo size $(stty size)' WINCH; echo waiting; until [ "$go" ]; do sleep 0.02; done; head -c ${size} | sha256sum`,
  )

it(`a shell pauses a paste of ${PASTED_MEGABYTES} MB into a program that reads nothing, and lets the rest through`, {
  timeout: LONG ? 300_000 : 180_000,
}, async () => {
  await using world = await shellWorld()
  const size = PASTED_MEGABYTES * 1_000_000
  const pasted = Buffer.alloc(size, 'the quick brown fox ')
  const session = world.session({ command: stalled(size) })
  let output = ''
  const reading = (async () => {
    for await (const frame of session) if (frame.channel === 'stdout') output += frame.text
  })()
  await session.connect()
  while (!output.includes('waiting')) await sleep(5)
  const before = process.memoryUsage()
  const sent = session.send(pasted)
  // Past the paste, in the order in which they were asked for.
  await session.resize(101, 31)
  while (!output.includes('size 31 101')) await sleep(5)
  world.proxy.cut()
  await session.resize(90, 20)
  while (!output.includes('size 20 90')) await sleep(5)
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  const grown = arrayBuffers - before.arrayBuffers + heapUsed - before.heapUsed
  expect(grown).toBeLessThan(15_000_000)
  expect(session.unacknowledgedBytes).toBeGreaterThan(size - 1_000_000)
  await session.signal('SIGINT')
  await sent
  expect(await session.result).toMatchObject({ kind: 'exited', code: 0 })
  await reading
  expect(output).toContain(createHash('sha256').update(pasted).digest('hex'))
  console.info(`memory grew by ${grown} bytes while ${size} were held back`)
})

it('a kill ends a program of a shell that reads nothing of a paste', { timeout: 60_000 }, async () => {
  await using world = await shellWorld()
  const size = 10_000_000
  const session = world.session({ command: stalled(size) })
  const frames = session[Symbol.asyncIterator]()
  const untilPrinted = async (text: string): Promise<void> => {
    for (let all = ''; !all.includes(text); ) all += (await frames.next()).value?.text
  }
  await session.connect()
  await untilPrinted('waiting')
  const sent = session.send(Buffer.alloc(size, 'x'))
  await session.resize(90, 20)
  // What was sent before the resize has reached the server too.
  await untilPrinted('size 20 90')
  expect(await session.kill()).toEqual({ killed: true })
  await expect(sent).rejects.toMatchObject({ code: 'shell/ended' })
  while (world.host.stats().running > 0) await sleep(5)
})

it('a shell session returns after a reload from a checkpoint: nothing twice, nothing missing', {
  timeout: 60_000,
}, async () => {
  await using world = await shellWorld()
  const size = 2_000_000
  const command = raw(process.execPath, printer, String(size))
  const endpoint = shellEndpoint({ url: `ws://${world.proxy.address}`, token: 'secret', command })
  let isClosed = false
  const first = world.session({ target: (...asked) => (isClosed ? new Promise(() => {}) : endpoint(...asked)) })
  await first.connect()
  const hash = createHash('sha256')
  let bytes = 0
  for await (const frame of first) {
    hash.update(frame.payload)
    bytes += frame.payload.length
    if (bytes > 700_000) break
  }
  const checkpoint = first.checkpoint()
  // What a page that is closed does: its connection drops, and it dials no more.
  isClosed = true
  world.proxy.cut()
  const second = world.session({ checkpoint })
  await second.connect()
  expect(second.reconnected).toBe(true)
  for await (const frame of second) {
    if (frame.channel === 'gap') throw new Error('expected no gap')
    if (frame.channel !== 'stdout') continue
    hash.update(frame.payload)
    bytes += frame.payload.length
  }
  expect(bytes).toBe(size)
  expect(await second.result).toMatchObject({ kind: 'exited', code: 0 })
  await first.detach()
})

it('no shell is left after close(), also when the connection is cut at that moment', { timeout: 60_000 }, async () => {
  await using world = await shellWorld()
  const session = world.session()
  await session.connect()
  const closed = session.kill()
  world.proxy.cut()
  expect(await closed).toEqual({ killed: true })
  while (world.host.stats().running > 0) await sleep(20)
  expect(world.host.stats().running).toBe(0)
})
