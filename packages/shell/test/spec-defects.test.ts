import { afterEach, beforeEach, expect, it } from 'vitest'
import { type LostInput, ShellSessionError } from '../src/index.ts'
import { bytes, Reader, World } from './support.ts'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

it('shell §7.1 a drop while iterating costs one new connection, no silence and nothing received', async () => {
  const { session, peer } = await world.attached()
  const reader = new Reader(session)
  peer.prints('before ')
  await world.until(() => reader.stdout === 'before ')
  const dials = world.network.dialCount
  peer.peer.drops()
  const droppedAt = world.clock.now()
  const next = await world.shell()
  next.confirms({ out: 7, live: 13 }, { reconnected: true })
  next.prints('during after')
  await world.until(() => reader.stdout === 'before during after')
  expect(world.clock.now() - droppedAt).toBeLessThan(300)
  await world.clock.advance(60_000)
  expect(world.network.dialCount - dials).toBe(1)
  expect(reader.gaps).toEqual([])
  await world.passing(session.detach())
})

it('shell §7.2 a drop while the consumer is inside its loop body does not end the loop', async () => {
  const { session, peer } = await world.attached()
  const seen: string[] = []
  let enterBody = (): void => {}
  let leaveBody = (): void => {}
  const inBody = new Promise<void>((resolve) => {
    enterBody = resolve
  })
  const body = new Promise<void>((resolve) => {
    leaveBody = resolve
  })
  const loop = (async () => {
    for await (const frame of session) {
      if (frame.channel === 'stdout') seen.push(frame.text)
      enterBody()
      await body
    }
  })()
  peer.prints('one')
  await world.passing(inBody)
  peer.peer.drops()
  const next = await world.shell()
  next.confirms({ out: 3, live: 3 }, { reconnected: true })
  next.prints('two')
  await world.clock.advance(100)
  leaveBody()
  await world.until(() => seen.length === 2)
  next.exits({ code: 0 })
  await world.passing(loop)
  expect(seen).toEqual(['one', 'two'])
})

it('shell §7.3 input into a black hole before the cut is not lost, and what is unacknowledged is reported', async () => {
  const { session, peer } = await world.attached()
  await session.send('seen;')
  await peer.reads()
  peer.acksInput(5)
  await world.until(() => session.unacknowledgedBytes === 0)
  world.network.blackHole('toServer')
  let lines = ''
  for (let line = 0; line < 100; line += 1) {
    lines += `line ${line}\n`
    await session.send(`line ${line}\n`)
    await world.clock.advance(5)
  }
  expect(session.unacknowledgedBytes).toBe(lines.length)
  const flushed = session.flush()
  world.network.heal('reset')
  const next = await world.shell()
  next.confirms({ in: 5 }, { reconnected: true })
  await world.clock.advance(10)
  expect(await next.typed()).toBe(lines)
  next.acksInput(5 + lines.length)
  await world.passing(flushed)
  expect(session.unacknowledgedBytes).toBe(0)
  await world.passing(session.detach())
})

it.each([
  [400, 'shell/refused'],
  [403, 'shell/forbidden'],
  [404, 'shell/not_found'],
  [409, 'shell/conflict'],
  [410, 'shell/expired'],
])('shell §7.4 HTTP %i of the server itself on a reconnect ends the session at once', async (status, reason) => {
  const { session, peer } = await world.attached()
  const dials = world.network.dialCount
  peer.peer.drops()
  await world.server.refuses({ status, body: '{"error":{"code":"shell/refused","message":"no"}}' })
  expect(await world.passing(session.result)).toMatchObject({ kind: 'lost', reason })
  await world.clock.advance(900_000)
  expect(world.network.dialCount - dials).toBe(1)
  expect(session.exitCode).toBeNull()
})

it('shell §7.4 HTTP 401 is tried once more with credentials asked for anew, then it is final', async () => {
  const asked: boolean[] = []
  const { session, peer } = await world.attached({
    target: (_shellId, _sessionId, { reason }) => {
      asked.push(reason === 'refused')
      return { url: 'ws://server/shells?shellId=s1' }
    },
  })
  peer.peer.drops()
  await world.server.refuses({ status: 401 })
  await world.server.refuses({ status: 401 })
  expect(await world.passing(session.result)).toMatchObject({ kind: 'lost', reason: 'shell/unauthorized' })
  expect(asked).toEqual([false, false, true])
})

it('shell §7.4 HTTP 401 soon after new credentials had helped is final too', async () => {
  const { session, peer } = await world.attached()
  peer.peer.drops()
  await world.server.refuses({ status: 401 })
  const next = await world.shell()
  next.confirms({}, { reconnected: true })
  await world.until(() => session.status.state === 'open')
  next.peer.drops()
  await world.server.refuses({ status: 401 })
  expect(await world.passing(session.result)).toMatchObject({ kind: 'lost', reason: 'shell/unauthorized' })
})

it('shell §7.4 a server that accepts and then drops sees at most 12 connections a minute', async () => {
  const { session, peer } = await world.attached()
  world.network.dials('drop')
  peer.peer.drops()
  const times: number[] = []
  let seen = world.network.dialCount
  for (let second = 0; second < 300; second += 1) {
    await world.clock.advance(1_000)
    for (; seen < world.network.dialCount; seen += 1) times.push(second)
  }
  const inAMinute = times.map((from) => times.filter((at) => at >= from && at < from + 60).length)
  expect(Math.max(...inAMinute)).toBeLessThanOrEqual(12)
  expect(times.length).toBeGreaterThan(5)
  await world.passing(session.kill(), 60_000)
  expect(await session.result).toEqual({ kind: 'closed', killed: false })
})

it('shell §7.5 a reader that stands still is reported to the server, which can pause the program', async () => {
  const { session, peer } = await world.attached()
  peer.prints(new Uint8Array(196_608))
  await world.clock.advance(1_000)
  await peer.reads()
  expect(peer.acks.at(-1)).toEqual({ received: 196_608, consumed: 0 })
  const reader = session[Symbol.asyncIterator]()
  for (let taken = 0; taken < 196_608; ) taken += (await reader.next()).value?.payload.length ?? 0
  await world.clock.advance(100)
  await peer.reads()
  expect(peer.acks.at(-1)).toEqual({ received: 196_608, consumed: 196_608 })
  await world.passing(session.detach())
})

it('shell §7.5 a server that ignores the window is no longer read from, and the connection is not given up', async () => {
  const { session, peer } = await world.attached()
  for (let sent = 0; sent < 4_194_304; sent += 32_768) peer.prints(new Uint8Array(32_767))
  await world.clock.advance(120_000)
  expect(session.status.state).toBe('open')
  const reader = new Reader(session)
  await world.until(() => reader.frames.length === 128)
  await world.clock.advance(120_000)
  expect(session.status).toMatchObject({ state: 'open', health: 'live' })
  expect(world.network.dialCount).toBe(1)
  await world.passing(session.detach())
})

it('shell §7.6 a confirmation later than 10 s is no connection, and the output of it is not lost', async () => {
  const { session, peer } = await world.attached()
  const reader = new Reader(session)
  peer.prints('a')
  await world.until(() => reader.stdout === 'a')
  peer.peer.drops()
  const late = await world.shell()
  await world.clock.advance(9_900)
  expect(session.status.state).toBe('handshaking')
  await world.clock.advance(200)
  late.confirms({ out: 1, live: 2 }, { reconnected: true })
  late.prints('bc')
  const next = await world.shell()
  expect(next.query.get('received')).toBe('1')
  next.confirms({ out: 1, live: 3 }, { reconnected: true })
  next.prints('bcd')
  await world.until(() => reader.stdout === 'abcd')
  await world.passing(session.detach())
})

it('shell §7.6 a confirmation just in time loses nothing that came before or after it', async () => {
  const session = world.session()
  const reader = new Reader(session)
  const connected = session.connect()
  const peer = await world.shell()
  peer.peer.sendsFrame(new Uint8Array([2, ...bytes('slow start')]))
  await world.clock.advance(9_900)
  peer.confirms()
  peer.prints('first')
  await world.passing(connected)
  await world.until(() => reader.frames.length === 2)
  expect(reader.frames.map((frame) => frame.text)).toEqual(['slow start', 'first'])
  await world.passing(session.detach())
})

it('shell §7.7 close() while reconnecting kills the shell as soon as it is reached, and says so', async () => {
  const { session, peer } = await world.attached()
  world.network.dials({ refuse: {} })
  peer.peer.drops()
  await world.clock.advance(5_000)
  const closed = session.kill()
  world.network.dials('none')
  const next = await world.shell()
  next.confirms({}, { reconnected: true })
  await world.until(() => session.status.state === 'open')
  await next.reads()
  expect(next.others.map((frame) => frame.channel)).toContain('close')
  next.peer.sendsFrame(new Uint8Array([255]))
  next.peer.closes(1000)
  expect(await world.passing(closed)).toEqual({ killed: true })
  expect(await session.result).toEqual({ kind: 'closed', killed: true })
})

it('shell §7.7 close() gives up after 15 s and says that the shell may live', async () => {
  const { session, peer } = await world.attached()
  world.network.dials({ refuse: {} })
  peer.peer.drops()
  await world.clock.advance(100)
  const begun = world.clock.now()
  expect(await world.passing(session.kill())).toEqual({ killed: false })
  expect(world.clock.now() - begun).toBe(15_000)
})

it('shell §7.8 characters cut by a frame are put together, also across a reconnect', async () => {
  const { session, peer } = await world.attached()
  const reader = new Reader(session)
  const whole = bytes('añ→😀b')
  peer.prints(whole.subarray(0, 2))
  peer.prints(whole.subarray(2, 5))
  await world.clock.advance(10)
  peer.peer.drops()
  const next = await world.shell()
  next.confirms({ out: 5, live: 8 }, { reconnected: true })
  next.prints(whole.subarray(5, 8))
  next.prints(whole.subarray(8))
  await world.until(() => reader.frames.length === 4)
  expect(reader.stdout).toBe('añ→😀b')
  await world.passing(session.detach())
})

it('shell §7.8 a send of more than one message is split', async () => {
  const { session, peer } = await world.attached()
  const sent = session.send(new Uint8Array(200_000).fill(0x61))
  for (let round = 0; round < 10; round += 1) {
    await peer.reads()
    peer.acksInput(peer.stdin.reduce((sum, part) => sum + part.length, 0))
    await world.clock.advance(1)
  }
  await world.passing(sent)
  expect((await peer.typed()).length).toBe(200_000)
  await world.passing(session.flush())
  await world.passing(session.detach())
})

it('shell §7.9 leaving the loop stops neither the keepalive nor the session', async () => {
  const { session, peer } = await world.attached()
  peer.prints('one')
  await world.clock.advance(10)
  for await (const frame of session) {
    expect(frame.text).toBe('one')
    break
  }
  await world.clock.advance(300_000)
  expect(session.status.state).toBe('open')
  // Nobody answers any more: only a keepalive can notice.
  world.network.blackHole()
  await world.until(() => session.status.state !== 'open', 60_000)
  world.network.heal('reset')
  const next = await world.shell()
  next.confirms({ out: 3, live: 3 }, { reconnected: true })
  next.prints('two')
  const reader = new Reader(session)
  await world.until(() => reader.stdout === 'two')
  await world.passing(session.detach())
})

it.each([300, 2_000, 30_000])(
  'a dead link is noticed after two intervals of %i ms without a pong',
  async (interval) => {
    const { session } = await world.attached({
      liveness: { intervalMs: interval },
    })
    await world.clock.advance(10 * interval)
    expect(session.status.state).toBe('open')
    world.network.blackHole()
    const noticed = await world.until(() => session.status.state !== 'open', 3 * interval)
    expect(noticed).toBeLessThanOrEqual(3 * interval)
    world.network.heal('reset')
    await world.passing(session.detach())
  },
)

it('shell §3 a missing echo of the heartbeat shows that the link is dead where the runtime has no pings', async () => {
  const transport = world.network.transportFor({ traits: { ping: false } })
  const { session } = await world.attached({ transport })
  await world.until(() => session.status.state !== 'open', 120_000)
  await world.passing(session.detach())
})

it('shell §3 only a pong counts: output does not hide that nothing arrives any more', async () => {
  const { session, peer } = await world.attached()
  const reader = new Reader(session)
  world.network.blackHole('toServer')
  const start = world.clock.now()
  while (session.status.state === 'open' && world.clock.now() - start < 300_000) {
    peer.prints('.')
    await world.clock.advance(1_000)
  }
  expect(reader.stdout.length).toBeGreaterThan(0)
  expect(world.clock.now() - start).toBeLessThanOrEqual(91_000)
  world.network.heal('reset')
  ;(await world.shell()).confirms({ out: 0, live: 0 }, { reconnected: true })
  await world.until(() => session.status.state === 'open')
  await world.passing(session.detach())
})

it('shell §7.10 input typed during an outage is rejected, not typed into a fresh shell', async () => {
  const lost: LostInput[] = []
  const { session, peer } = await world.attached({ onExpired: 'new', onDelivery: (what) => lost.push(what) })
  const reader = new Reader(session)
  await session.send('unacknowledged;')
  world.network.dials({ refuse: {} })
  peer.peer.drops()
  await world.clock.advance(50)
  const typed = session.send('rm -rf build\n')
  const outcome = typed.catch((error: unknown) => error)
  world.network.dials('none')
  const next = await world.shell()
  next.confirms({ epoch: 'e2', lease: 'lease-2' }, { reconnected: false })
  next.prints('fresh')
  const error = await world.passing(outcome)
  expect(error).toBeInstanceOf(ShellSessionError)
  expect(error).toMatchObject({ code: 'shell/input_rejected' })
  await world.until(() => reader.stdout === 'fresh')
  await session.send('ls\n')
  expect(await next.typed()).toBe('ls\n')
  expect(lost).toMatchObject([{ bytes: 28, reason: 'gone' }])
  expect(reader.gaps).toMatchObject([{ reason: 'gone' }])
  await expect(session.flush()).rejects.toMatchObject({ code: 'shell/input_rejected' })
  await world.passing(session.detach())
})
