import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ShellSession, type ShellSessionOptions } from '../src/compat/index.ts'
import type { LostInput } from '../src/index.ts'
import { World } from './support.ts'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

const QUICK = { baseDelay: 20, maxDelay: 50, outerLoopDelay: 50 }
const shell = (options: Partial<ShellSessionOptions> = {}) =>
  new ShellSession({
    connectFn: async (shellId) => ({ url: `ws://server/shells?shellId=${shellId}`, headers: {} }),
    shellId: 's1',
    transport: world.network.transport,
    clock: world.clock,
    ...options,
  })

/** Connected to a service without offsets. */
async function opened(options: Partial<ShellSessionOptions> = {}) {
  const session = shell(options)
  const connected = session.connect()
  const peer = await world.shell()
  peer.confirms('foreign')
  await world.passing(connected)
  return { session, peer }
}

const settled = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'ok',
    (error: unknown) => error,
  )
const outcome = (promise: Promise<unknown>): Promise<unknown> => world.passing(settled(promise))

describe('input that a server without offsets cannot confirm', () => {
  it('rejects the send() that it was given to, and is reported to the logger', async () => {
    const warned: string[] = []
    const lost: LostInput[] = []
    const { session } = await opened({
      reconnectConfig: QUICK,
      logger: { warn: (message) => void warned.push(message) },
      onInputLost: (one) => void lost.push(one),
    })
    world.network.blackHole('toServer')
    const sends = Promise.all(['a\n', 'b\n'].map((line) => settled(session.send(line))))
    await world.clock.advance(100)
    world.network.heal('reset')
    const next = await world.shell()
    next.confirms('foreign', { reconnected: true })
    expect(await world.passing(sends)).toMatchObject([
      { code: 'shell/input_in_doubt' },
      { code: 'shell/input_in_doubt' },
    ])
    expect(lost).toMatchObject([{ bytes: 4, reason: 'doubt' }])
    expect(warned).toContain('input was lost, or may have been')
    expect(await outcome(session.send('c\n'))).toBe('ok')
    next.exits({ code: 0 })
    await world.passing(session.session.result)
  })
})

describe('an onInputLost that rejects', () => {
  it('is reported to the logger, and stops nothing', async () => {
    const warned: string[] = []
    const { session } = await opened({
      reconnectConfig: QUICK,
      logger: { warn: (message) => void warned.push(message) },
      onInputLost: async () => Promise.reject(new Error('late')),
    })
    world.network.blackHole('toServer')
    const sent = settled(session.send('a\n'))
    await world.clock.advance(100)
    world.network.heal('reset')
    const next = await world.shell()
    next.confirms('foreign', { reconnected: true })
    expect(await world.passing(sent)).toMatchObject({ code: 'shell/input_in_doubt' })
    expect(warned.some((message) => message.includes('onInputLost'))).toBe(true)
    expect(await outcome(session.send('b\n'))).toBe('ok')
    next.exits({ code: 0 })
    await world.passing(session.session.result)
  })
})

describe('an ending of the compat session', () => {
  it('comes with a CLOSE frame, also where the socket stays open', async () => {
    const { session, peer } = await opened({ reconnectConfig: QUICK })
    peer.peer.sendsFrame(new Uint8Array([255]))
    expect(await world.passing(session.session.result)).toMatchObject({ kind: 'lost', reason: 'shell/closed' })
    expect(session.exitCode).toBe(null)
  })

  it('comes when the window is over, also while a server is silent', async () => {
    const { session, peer } = await opened({ reconnectConfig: { ...QUICK, reconnectWindow: 1_000 } })
    peer.peer.drops()
    const from = world.clock.now()
    expect(await world.passing(session.session.result)).toMatchObject({ kind: 'lost', reason: 'shell/unreachable' })
    expect(world.clock.now() - from).toBeLessThan(1_100)
  })

  it('is followed by another connect(), with the same ids', async () => {
    const { session, peer } = await opened()
    peer.peer.drops()
    await world.passing(session.session.result)
    const again = session.connect()
    const next = await world.shell()
    next.confirms('foreign', { reconnected: true })
    expect(await world.passing(again)).toBe(session)
    expect([session.reconnected, session.shellId, session.kicked]).toEqual([true, 's1', false])
    next.exits({ code: 0 })
    await world.passing(session.session.result)
  })
})

describe('input that was unacknowledged when the link dropped', () => {
  const drop = async (arrived: number): Promise<unknown> => {
    const session = shell()
    const connected = session.connect()
    const peer = await world.shell()
    peer.confirms()
    await world.passing(connected)
    await world.passing(session.send('abc'))
    peer.peer.drops()
    await world.passing(session.session.result)
    const again = session.connect()
    const next = await world.shell()
    next.confirms({ in: arrived }, { reconnected: true })
    await world.passing(again)
    const sent = await outcome(session.send('d'))
    next.exits({ code: 0 })
    await world.passing(session.session.result)
    return sent
  }

  it('is no news to the next send() where the server has it', async () => {
    expect(await drop(3)).toBe('ok')
  })

  it('rejects the next send() where it never arrived', async () => {
    expect(await drop(1)).toMatchObject({ code: 'shell/input_rejected' })
  })
})

describe('connect() of the compat session', () => {
  it('rejects with what connectFn threw, after one attempt', async () => {
    const mine = new Error('no credentials')
    const session = shell({ connectFn: () => Promise.reject(mine), reconnectConfig: {} })
    expect(await outcome(session.connect())).toBe(mine)
    expect(world.network.dialCount).toBe(0)
    expect(world.clock.now()).toBeLessThan(100)
  })

  it('rejects a second call while it is connected', async () => {
    const { session, peer } = await opened()
    expect(await outcome(session.connect())).toMatchObject({ code: 'shell/connected' })
    peer.exits({ code: 0 })
    await world.passing(session.session.result)
  })
})

describe('close() of the compat session', () => {
  it('reports the logger about a shell that may still run', async () => {
    const warned: string[] = []
    const logger = { warn: (message: string) => void warned.push(message) }
    const { session, peer } = await opened({ reconnectConfig: QUICK, logger, closeTimeoutMs: 500 })
    world.network.dials({ refuse: {} })
    peer.peer.drops()
    await world.clock.advance(50)
    expect(await world.passing(session.close())).toEqual({ killed: false })
    expect(warned).toContain('the shell may still run: its server could not be reached to end it')
  })
})
