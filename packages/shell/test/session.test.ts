import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Reader, World } from './support.ts'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

describe('a session', () => {
  it('attaches, types, reads, and ends with the exit code', async () => {
    const { session, peer } = await world.attached()
    const reader = new Reader(session)
    expect(session.resume).toBe('exact')
    await session.send('ls\n')
    expect(await peer.typed()).toBe('ls\n')
    expect(peer.controls).toEqual([{ type: 'hello', lease: 'lease-1', in: 0 }])
    peer.prints('file\n')
    peer.exits({ code: 3 })
    expect(await world.passing(session.result)).toEqual({
      kind: 'exited',
      code: 3,
      signal: undefined,
      message: 'NonZeroExitCode',
    })
    await world.until(() => reader.ended)
    expect(reader.stdout).toBe('file\n')
    expect(reader.frames.at(-1)?.channel).toBe('status')
    expect(session.exitCode).toBe(3)
    await peer.reads()
    expect(peer.acks.at(-1)?.received).toBe(5)
    expect(await peer.peer.ends()).toMatchObject({ code: 1000 })
  })

  it('tells a death before the confirmation as an exit, with what was said before', async () => {
    const session = world.session()
    const connected = session.connect()
    const reader = new Reader(session)
    const peer = await world.shell()
    peer.peer.sendsFrame(new Uint8Array([2, 0x6e, 0x6f]))
    peer.exits({ code: null, message: 'no such program' })
    await world.passing(connected)
    expect(await session.result).toEqual({ kind: 'exited', code: null, signal: undefined, message: 'no such program' })
    await world.until(() => reader.ended)
    expect(reader.frames.map((frame) => frame.text.slice(0, 2))).toEqual(['no', '{"'])
    expect(session.exitCode).toBeNull()
  })

  it('continues exactly after a drop: output skipped, input sent again', async () => {
    const { session, peer } = await world.attached()
    const reader = new Reader(session)
    peer.prints('0123456789')
    await session.send('abcdef')
    expect(await peer.typed()).toBe('abcdef')
    peer.acksInput(2)
    await world.until(() => session.unacknowledgedBytes === 4)
    peer.peer.drops()
    const next = await world.shell()
    expect(Object.fromEntries(next.query)).toMatchObject({ lease: 'lease-1', epoch: 'e1', received: '10' })
    next.confirms({ out: 6, live: 12, in: 3 }, { reconnected: true })
    next.prints('6789ABCD')
    await world.until(() => reader.stdout.length === 14)
    expect(reader.stdout).toBe('0123456789ABCD')
    expect(reader.frames.map(({ replayed }) => replayed)).toEqual([false, true, false])
    expect(await next.typed()).toBe('def')
    expect(next.controls[0]).toEqual({ type: 'hello', lease: 'lease-1', in: 2 })
    next.acksInput(6)
    await world.passing(session.flush())
    await world.passing(session.detach())
    expect(await session.result).toEqual({ kind: 'detached' })
  })
})
