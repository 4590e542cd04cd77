import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LostInput } from '../src/index.ts'
import { Reader, World } from './support.ts'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

describe('against a server without offsets', () => {
  it('attaches, sends none of the extension and acknowledges input by pongs', async () => {
    const { session, peer } = await world.attached({}, 'foreign')
    expect(session.resume).toBe('none')
    expect(session.checkpoint()).toBeUndefined()
    await session.send('ls\n')
    expect(session.unacknowledgedBytes).toBe(3)
    await world.passing(session.flush())
    expect(session.unacknowledgedBytes).toBe(0)
    peer.prints('x'.repeat(100_000))
    await world.clock.advance(1_000)
    await peer.reads()
    expect([peer.acks, peer.controls, peer.others]).toEqual([[], [], []])
    await expect(session.signal('SIGINT')).rejects.toMatchObject({ code: 'shell/unsupported' })
    await world.passing(session.detach())
  })

  it('passes more input than its buffer holds, as fast as pongs come', async () => {
    const { session, peer } = await world.attached({ queue: { maxBytes: 4_096 } }, 'foreign')
    world.network.latency(10)
    const begun = world.clock.now()
    await world.passing(session.send('y'.repeat(100_000)))
    await world.passing(session.flush())
    expect(world.clock.now() - begun).toBeLessThan(2_000)
    expect(await peer.typed()).toBe('y'.repeat(100_000))
    await world.passing(session.detach())
  })

  it('asks for a pong while input is under way, not only when its buffer is full', async () => {
    const { session } = await world.attached({}, 'foreign')
    await session.send('y'.repeat(20_000))
    await world.clock.advance(100)
    expect(session.unacknowledgedBytes).toBe(0)
    await world.passing(session.detach())
  })

  it('sends the input of one turn together, in front of what is sent behind it', async () => {
    const { session, peer } = await world.attached({}, 'foreign')
    const line = 'z'.repeat(20)
    const sent = Array.from({ length: 100 }, () => session.send(line))
    await session.sendHeartbeat()
    const late = session.send('late')
    void session.resize(100, 30)
    await Promise.all([...sent, late])
    expect(await peer.typed()).toBe(`${line.repeat(100)}late`)
    expect(peer.stdin.length).toBe(2)
    expect(peer.order).toEqual(['stdin', 'heartbeat', 'stdin', 'resize'])
    await world.passing(session.detach())
  })

  it('sends many small messages in few frames, whether they waited for a pong or not', async () => {
    const { session, peer } = await world.attached({}, 'foreign')
    world.network.latency(10)
    const line = 'z'.repeat(200)
    const sent = Array.from({ length: 2_000 }, () => session.send(line))
    await world.passing(Promise.all(sent))
    await world.passing(session.flush())
    expect((await peer.typed()).length).toBe(2_000 * line.length)
    // What the buffer took at once went together; of what waited, 80 fit into a frame of 16 KiB.
    expect(peer.stdin.length).toBeLessThanOrEqual(4 + 2_000 / 60)
    await world.passing(session.detach())
  })

  it('continues without a reader, and a late reader learns what was dropped', async () => {
    const { session, peer } = await world.attached({}, 'foreign')
    for (let n = 0; n < 48; n += 1) peer.prints('x'.repeat(65_536))
    await world.clock.advance(1_000)
    await session.send('ls\n')
    await world.passing(session.flush())
    const reader = session[Symbol.asyncIterator]()
    let missing = 0
    let read = 0
    while (missing + read < 48 * 65_536) {
      const { value } = await reader.next()
      if (value?.channel === 'gap') missing += value.missingBytes ?? 0
      else if (value?.channel === 'stdout') read += value.payload.length
    }
    expect([missing, read]).toEqual([32 * 65_536, 16 * 65_536])
    await world.passing(session.detach())
  })

  it('reports what is in doubt after a drop, and never types it twice', async () => {
    const lost: LostInput[] = []
    const { session, peer } = await world.attached({ onDelivery: (what) => lost.push(what) }, 'foreign')
    await world.clock.advance(100)
    world.network.blackHole('toServer')
    await session.send('make install\n')
    const flushed = session.flush()
    const outcome = flushed.catch((error: unknown) => error)
    world.network.heal('reset')
    await world.until(() => session.status.state !== 'open')
    const waiting = session.send('next;')
    const next = await world.shell()
    next.confirms('foreign', { reconnected: true })
    await world.passing(waiting)
    expect(await next.typed()).toBe('next;')
    expect(await world.passing(outcome)).toMatchObject({ code: 'shell/input_in_doubt' })
    expect(lost).toMatchObject([{ bytes: 13, reason: 'doubt' }])
    expect(peer.stdin).toEqual([])
    await world.passing(session.detach())
  })

  it('reports what is in doubt when the server has no offsets any more', async () => {
    const lost: LostInput[] = []
    const { session, peer } = await world.attached({
      queue: { maxBytes: 1_024 },
      onDelivery: (what) => lost.push(what),
    })
    await session.send('x'.repeat(1_000))
    peer.peer.drops()
    const next = await world.shell()
    next.confirms('foreign', { reconnected: true })
    await world.passing(session.send('y'.repeat(1_000)))
    await expect(world.passing(session.flush())).rejects.toMatchObject({ code: 'shell/input_in_doubt' })
    await world.passing(session.flush())
    expect(lost).toMatchObject([{ bytes: 1_000, reason: 'doubt' }])
    expect(await next.typed()).toBe('y'.repeat(1_000))
    await world.passing(session.detach())
  })

  it('rejects input that waited when the shell is a fresh one', async () => {
    const { session, peer } = await world.attached({}, 'foreign')
    const reader = new Reader(session)
    world.network.dials({ refuse: {} })
    peer.peer.drops()
    await world.clock.advance(50)
    const outcome = session.send('rm x\n').catch((error: unknown) => error)
    world.network.dials('none')
    const next = await world.shell()
    next.confirms('foreign', { reconnected: false })
    expect(await world.passing(outcome)).toMatchObject({ code: 'shell/input_rejected' })
    expect(await next.typed()).toBe('')
    expect(reader.gaps).toMatchObject([{ reason: 'gone', missingBytes: undefined }])
    await world.passing(session.detach())
  })

  it('shows dropped bytes as a gap and marks the replay', async () => {
    const { session, peer } = await world.attached({}, 'foreign')
    const reader = new Reader(session)
    peer.peer.drops()
    const next = await world.shell()
    next.confirms('foreign', { reconnected: true, bytesDropped: 42 })
    next.prints('replay')
    await world.clock.advance(600)
    next.prints('live')
    await world.until(() => reader.stdout === 'replaylive')
    expect(session.bytesDropped).toBe(42)
    expect(reader.frames.map((frame) => [frame.channel, frame.replayed])).toEqual([
      ['gap', false],
      ['stdout', true],
      ['stdout', false],
    ])
    expect(reader.gaps).toMatchObject([{ missingBytes: 42, reason: 'overflow' }])
    await world.passing(session.detach())
  })
})
