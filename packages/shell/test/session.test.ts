import { SESSION_ID_NAME } from '@holdfast/protocol/shell'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LostInput, parseCheckpoint } from '../src/index.ts'
import { Reader, ShellPeer, text, World } from './support.ts'

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
    expect(peer.controls).toEqual([{ type: 'hello', lease: 'lease-1', in: 0, instance: expect.any(String) }])
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

  it('finds a shell by its own id alone, and from then on names the session that the server gave', async () => {
    const session = world.session({ sessionId: null })
    const connected = session.connect()
    const name = SESSION_ID_NAME.toLowerCase()
    const peer = new ShellPeer(await world.server.peer({ headers: { [name]: 'told' } }), world)
    expect([...peer.query.keys()]).toEqual(['shellId', 'screen'])
    expect(session.sessionId).toBe('')
    peer.confirms()
    await world.passing(connected)
    expect(session.sessionId).toBe('told')
    peer.peer.drops()
    const next = await world.shell()
    expect(next.query.get(SESSION_ID_NAME)).toBe('told')
    next.confirms({}, { reconnected: true })
    await world.until(() => session.status.state === 'open')
    await world.passing(session.detach())
  })

  it('reports a death before the confirmation as an exit, with what was said before', async () => {
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
    expect(next.controls[0]).toEqual({ type: 'hello', lease: 'lease-1', in: 2, instance: expect.any(String) })
    next.acksInput(6)
    await world.passing(session.flush())
    await world.passing(session.detach())
    expect(await session.result).toEqual({ kind: 'detached' })
  })
})

describe('reconnecting', () => {
  it('lets a listener of a reconnect send, and wait for that', async () => {
    const told: boolean[] = []
    const { session, peer } = await world.attached({
      onReconnected: async ({ reconnected }) => {
        told.push(reconnected)
        await session.send('again;')
        await session.flush()
      },
    })
    peer.peer.drops()
    const next = await world.shell()
    next.confirms({}, { reconnected: true })
    await world.until(() => told.length === 1)
    await world.clock.advance(10)
    expect(await next.typed()).toBe('again;')
    expect(told).toEqual([true])
    await world.passing(session.detach())
  })

  it('reports a callback that throws, and goes on', async () => {
    const problems: string[] = []
    const { session, peer } = await world.attached({
      onReconnected: () => {
        throw new Error('of the app')
      },
    })
    session.on('problem', ({ code, message }) => problems.push(`${code}: ${message}`))
    peer.peer.drops()
    ;(await world.shell()).confirms({}, { reconnected: true })
    await world.until(() => problems.length > 0)
    expect(problems).toEqual(['shell/callback_failed: a listener of "reconnected" threw'])
    expect(session.status.state).toBe('open')
    await world.passing(session.detach())
  })

  it('shows output that the server no longer has as a gap in its place', async () => {
    const { session, peer } = await world.attached()
    const reader = new Reader(session)
    peer.prints('abc')
    await world.until(() => reader.stdout === 'abc')
    peer.peer.drops()
    const next = await world.shell()
    next.confirms({ out: 10, live: 12 }, { reconnected: true, bytesDropped: 7 })
    next.prints('xyz')
    next.controlsClient({ type: 'gap', from: 13, to: 20 })
    next.prints('!')
    await world.until(() => reader.stdout === 'abcxyz!')
    expect(reader.frames.map((frame) => (frame.channel === 'gap' ? frame.missingBytes : frame.text))).toEqual([
      'abc',
      7,
      'xy',
      'z',
      7,
      '!',
    ])
    expect(session.bytesDropped).toBe(7)
    await world.passing(session.detach())
  })

  it('sets the size again after every reconnect', async () => {
    const { session, peer } = await world.attached()
    await session.resize(100, 40)
    await world.clock.advance(1)
    peer.peer.drops()
    const next = await world.shell()
    next.confirms({}, { reconnected: true })
    await world.until(() => session.status.state === 'open')
    await next.reads()
    expect(next.others.map(({ channel, payload }) => [channel, text(payload)])).toEqual([
      ['resize', '{"width":100,"height":40}'],
    ])
    await expect(session.resize(0, 40)).rejects.toMatchObject({ code: 'shell/invalid_option' })
    await world.passing(session.detach())
  })

  it('gives up after the window with a lost ending, and rejects what waits', async () => {
    const { session, peer } = await world.attached({ retry: { giveUpAfterMs: 60_000 } })
    const reader = new Reader(session)
    await world.clock.advance(20_000)
    world.network.dials({ refuse: {} })
    peer.peer.drops()
    await world.clock.advance(100)
    const sending = session.send('x').catch((error: unknown) => error)
    const begun = world.clock.now()
    expect(await world.passing(session.result, 300_000)).toMatchObject({ kind: 'lost', reason: 'shell/unreachable' })
    expect(world.clock.now() - begun).toBeGreaterThan(50_000)
    expect(await sending).toMatchObject({ code: 'shell/unreachable' })
    expect(reader.ended).toBe(true)
    await expect(session.send('y')).rejects.toMatchObject({ code: 'shell/unreachable' })
    expect(await session.kill()).toEqual({ killed: false })
  })
})

describe('endings', () => {
  it('is kicked when another client takes the shell, and does not come back', async () => {
    const { session, peer } = await world.attached()
    peer.peer.closes(4000, 'another client took the shell')
    expect(await world.passing(session.result)).toEqual({ kind: 'kicked' })
    expect([session.kicked, session.exitCode]).toEqual([true, null])
    await world.clock.advance(60_000)
    expect(world.network.dialCount).toBe(1)
  })

  it('never takes a close without a status for an exit', async () => {
    const { session, peer } = await world.attached()
    peer.peer.closes(1000)
    expect(await world.passing(session.result)).toMatchObject({ kind: 'lost', reason: 'shell/closed' })
    expect(session.exitCode).toBeNull()
  })

  it('reports a signal, and an unknown exit code', async () => {
    const first = await world.attached()
    first.peer.exits({ code: 137, signal: 'SIGKILL' })
    expect(await world.passing(first.session.result)).toMatchObject({ kind: 'exited', code: 137, signal: 'SIGKILL' })
    const second = await world.attached()
    second.peer.exits({ code: null, reason: 'InternalError' })
    expect(await world.passing(second.session.result)).toMatchObject({ kind: 'exited', code: null })
  })

  it('rejects the first connect after as many failures as were asked for', async () => {
    world.network.dials({ refuse: {} })
    const session = world.session({ connectAttempts: 5 })
    await expect(world.passing(session.connect())).rejects.toMatchObject({ code: 'shell/unreachable' })
    expect(world.network.dialCount).toBe(5)
    expect(session.explain()).toBe('Lost: The shell could not be reached: 5 attempts failed.')
    await expect(session.connect()).rejects.toMatchObject({ code: 'shell/unreachable' })
  })

  it('goes on dialing where no number of attempts was asked for, until the time of connect is over', async () => {
    world.network.dials({ refuse: {} })
    const session = world.session()
    await expect(world.passing(session.connect({ timeoutMs: 60_000 }))).rejects.toMatchObject({
      code: 'shell/unreachable',
      message: 'The shell could not be reached: it was not attached within 60000 ms.',
    })
    expect(world.network.dialCount).toBeGreaterThan(20)
    expect(await session.result).toMatchObject({ kind: 'lost' })
  })

  it('comes back after a day to a shell that is still there', async () => {
    const { session, peer } = await world.attached()
    world.network.dials({ refuse: {} })
    peer.peer.drops()
    await world.clock.advance(86_400_000)
    expect(session.explain()).toMatch(/^Next attempt in .* Last failure: nothing listens at that address/)
    world.network.dials('none')
    await world.until(() => session.status.state === 'dialing')
    const next = await world.shell()
    next.confirms({}, { reconnected: true })
    await world.until(() => session.status.state === 'open')
    expect(session.explain()).toMatch(/^Connected for/)
    await world.passing(session.detach())
    expect(session.explain()).toBe('Detached: the shell lives on.')
  })

  it('is lost where the server has forgotten the shell, and the new one is not left running', async () => {
    const { session, peer } = await world.attached()
    world.network.dials({ refuse: {} })
    peer.peer.drops()
    await world.clock.advance(1_000_000)
    const typed = session.send('rm -rf build\n').catch((error: unknown) => error)
    world.network.dials('none')
    const next = await world.shell()
    next.confirms({ epoch: 'e2', lease: 'lease-2' }, { reconnected: false })
    expect(await world.passing(session.result)).toMatchObject({ kind: 'lost', reason: 'shell/expired' })
    expect(await world.passing(typed)).toMatchObject({ code: 'shell/input_rejected' })
    await world.clock.advance(100)
    await next.reads()
    expect(next.others.map(({ channel }) => channel)).toEqual(['close'])
  })

  it.each([403, 404, 409])('rides out a %i that something in between answers for a minute', async (status) => {
    const { session, peer } = await world.attached()
    world.network.dials({ refuse: { status } })
    peer.peer.drops()
    await world.clock.advance(60_000)
    expect(session.ending).toBeUndefined()
    expect(session.explain()).toContain(`the server refused (${status})`)
    world.network.dials('none')
    const next = await world.shell()
    next.confirms({}, { reconnected: true })
    await world.until(() => session.status.state === 'open')
    await world.passing(session.detach())
  })

  it('stops dialing when the signal of connect aborts', async () => {
    const user = new AbortController()
    const session = world.session()
    const connected = session.connect({ signal: user.signal })
    await world.clock.advance(100)
    user.abort(new Error('not any more'))
    await expect(world.passing(connected)).rejects.toThrow('not any more')
    expect(await world.passing(session.result)).toEqual({ kind: 'detached' })
  })

  it('closes without a server when it was never connected', async () => {
    const session = world.session()
    await expect(session.send('x')).rejects.toMatchObject({ code: 'shell/not_connected' })
    expect(await session.kill()).toEqual({ killed: true })
  })

  it('kills the shell when it is closed while it is about to detach', async () => {
    const { session, peer } = await world.attached()
    await session.send('abc')
    const detached = session.detach()
    await world.clock.advance(10)
    const closed = session.kill()
    await world.clock.advance(2_000)
    await peer.reads()
    expect(peer.controls.map(({ type }) => type)).toEqual(['hello'])
    peer.peer.sendsFrame(new Uint8Array([0xff]))
    expect(await world.passing(closed)).toEqual({ killed: true })
    await world.passing(detached)
    expect(session.ending).toEqual({ kind: 'closed', killed: true })
  })

  it('waits for input under way when it detaches, and says so to the server', async () => {
    const { session, peer } = await world.attached()
    await session.send('abc')
    const detached = session.detach()
    await world.clock.advance(10)
    peer.acksInput(3)
    await world.passing(detached)
    await peer.reads()
    expect(peer.controls.at(-1)).toEqual({ type: 'detach' })
    expect(await peer.peer.ends()).toMatchObject({ code: 1000 })
  })
})

describe('roles and controls', () => {
  it('does not let an observer write until it is the writer', async () => {
    const { session, peer } = await world.attached({}, { role: 'observer' })
    const roles: string[] = []
    session.on('role', ({ role }) => roles.push(role))
    await expect(session.send('x')).rejects.toMatchObject({ code: 'shell/read_only' })
    await session.takeover()
    peer.controlsClient({ type: 'role', role: 'writer' })
    await world.until(() => session.role === 'writer')
    await session.send('x')
    expect(await peer.typed()).toBe('x')
    expect(peer.controls.map(({ type }) => type)).toEqual(['hello', 'takeover'])
    expect(roles).toEqual(['writer'])
    await world.passing(session.detach())
  })

  it('keeps no input for a writer that it is not any more: it is rejected, and nothing waits for ever', async () => {
    const lost: LostInput[] = []
    const { session, peer } = await world.attached({ onDelivery: (what) => lost.push(what) })
    await session.send('abcdef')
    expect(await peer.typed()).toBe('abcdef')
    const flushed = session.flush().catch((error: unknown) => error)
    peer.peer.drops()
    await world.until(() => session.status.state !== 'open')
    const waiting = session.send('ghi').catch((error: unknown) => error)
    const next = await world.shell()
    next.confirms({ role: 'observer', in: 4 }, { reconnected: true })
    const refused = { code: 'shell/read_only' }
    expect(await world.passing(flushed)).toMatchObject(refused)
    expect(await world.passing(waiting)).toMatchObject(refused)
    expect(await next.typed()).toBe('')
    expect(lost).toMatchObject([{ bytes: 5, reason: 'read-only' }])
    next.controlsClient({ type: 'role', role: 'writer' })
    await world.until(() => session.role === 'writer')
    await session.send('more')
    expect(await next.typed()).toBe('more')
    next.acksInput(8)
    await world.passing(session.flush())
    await world.passing(session.detach())
  })

  it('reports the size that another client set, and what the server refused', async () => {
    const { session, peer } = await world.attached()
    const heard: unknown[] = []
    session.on('resized', (size) => heard.push(size))
    session.on('problem', ({ code, message }) => heard.push(`${code}: ${message}`))
    peer.controlsClient({ type: 'resized', size: { width: 90, height: 30 } })
    peer.controlsClient({ type: 'error', code: 'shell/forbidden', message: 'no' })
    await world.until(() => heard.length === 2)
    expect(heard).toEqual([
      { width: 90, height: 30 },
      'shell/message_refused: the server refused a message: shell/forbidden: no',
    ])
    expect(session.size).toEqual({ width: 90, height: 30 })
    await world.passing(session.detach())
  })

  it('surfaces a channel that it does not know', async () => {
    const { session, peer } = await world.attached()
    const reader = new Reader(session)
    peer.peer.sendsFrame(new Uint8Array([0x42, 0x68, 0x69]))
    await world.until(() => reader.frames.length === 1)
    expect(reader.frames[0]).toMatchObject({ channel: 'unknown', rawChannelByte: 0x42, text: 'hi' })
    await world.passing(session.detach())
  })

  it('has one reader', async () => {
    const { session } = await world.attached()
    const first = session[Symbol.asyncIterator]()
    const waiting = first.next()
    await expect(session[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'shell/taken' })
    await world.passing(session.detach())
    expect(await waiting).toEqual({ value: undefined, done: true })
  })

  it('counts output as consumed when it is not meant to be read', async () => {
    const { session, peer } = await world.attached({ output: 'discard' })
    peer.prints('x'.repeat(100_000))
    await world.clock.advance(100)
    await peer.reads()
    expect(peer.acks.at(-1)).toEqual({ received: 100_000, consumed: 100_000 })
    await world.passing(session.detach())
  })
})

describe('a checkpoint', () => {
  it('resumes after a reload, and reports input that never arrived', async () => {
    const { session, peer } = await world.attached()
    const reader = new Reader(session)
    peer.prints('0123456789')
    await session.send('abcdef')
    await world.until(() => reader.stdout.length === 10)
    const checkpoint = parseCheckpoint(JSON.parse(JSON.stringify(session.checkpoint())))
    expect(checkpoint).toMatchObject({ shellId: 's1', epoch: 'e1', lease: 'lease-1', received: 10, sent: 6 })

    const lost: LostInput[] = []
    const reloaded = world.session({ checkpoint, onDelivery: (what) => lost.push(what) })
    const connected = reloaded.connect()
    const next = await world.shell()
    expect(Object.fromEntries(next.query)).toMatchObject({ lease: 'lease-1', epoch: 'e1', received: '10' })
    next.confirms({ out: 8, live: 12, in: 4 }, { reconnected: true })
    next.prints('89AB')
    await world.passing(connected)
    const second = new Reader(reloaded)
    await world.until(() => second.stdout === 'AB')
    await reloaded.send('gh')
    expect(await next.typed()).toBe('gh')
    expect(lost).toMatchObject([{ bytes: 2, reason: 'gone' }])
    await world.passing(reloaded.detach())
    await world.passing(session.detach())
  })

  it('is refused when it is not one', () => {
    expect(() => parseCheckpoint({ v: 2 })).toThrow(/version 1/)
    expect(() => world.session({ checkpoint: parseCheckpoint('x') })).toThrow(/checkpoint/)
  })
})
