import { type ConnectionState, CredentialsRefused, type Status } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { SmallWorld } from './src/small-world.ts'

type Options = Parameters<SmallWorld['connection']>[0]

interface Way {
  readonly options?: Options
  /** What brings it there, after connect(). */
  readonly go?: (world: SmallWorld, connection: ReturnType<SmallWorld['connection']>) => void
  readonly start?: false
}

type TestProtocol = NonNullable<NonNullable<Options>['protocol']>

const shakesForEver: TestProtocol = {
  name: 'test',
  codec: { decode: (raw) => ({ ok: false, issue: 'none', raw }), encode: (message) => String(message) },
  handshake: () => new Promise(() => {}),
}

/** A way into every state. */
const WAYS: Readonly<Record<Exclude<ConnectionState, 'closed'>, Way>> = {
  idle: { start: false },
  preparing: { options: { credentials: () => new Promise(() => {}) } },
  dialing: { go: (world) => world.network.dials('hang') },
  handshaking: { options: { protocol: shakesForEver } },
  open: {},
  waiting: { go: (world) => world.network.dials({ refuse: {} }) },
  draining: {
    go: (world, connection) => {
      world.clock.after(50, () => {
        world.network.blackHole()
        connection.send({ n: 1 })
        void connection.close({ flushMs: 5_000 })
      })
    },
  },
  authRequired: {
    options: {
      credentials: () => {
        throw new CredentialsRefused()
      },
    },
  },
  suspended: { go: (world, connection) => void world.clock.after(50, () => connection.suspend()) },
}

describe('after close() nothing is left', () => {
  for (const [state, { options, go, start }] of Object.entries(WAYS)) {
    it(`in ${state}`, async () => {
      const world = new SmallWorld(state)
      const statuses: Status[] = []
      const user = new AbortController()
      const connection = world.connection({
        ...options,
        onStatus: (status) => statuses.push(status),
        signal: user.signal,
      })
      if (start !== false) connection.connect()
      go?.(world, connection)
      await world.clock.runUntil(() => connection.state === state, 1_000)

      const closed = connection.close({ flushMs: 0 })
      const again = connection.close()
      let done = false
      Promise.all([closed, again]).then(() => {
        done = true
      })
      await world.clock.runUntil(() => done, 6_000)
      expect(connection.status).toEqual({ state: 'closed', outcome: { reason: 'user' } })
      expect(world.left()).toMatchObject({ timers: 0, listeners: 0 })
      expect(statuses.filter((status) => status.state === 'closed')).toHaveLength(1)

      const told = statuses.length
      const dials = world.dials.length
      world.network.heal()
      for (const signal of ['offline', 'online', 'visible', 'wake', 'restore'] as const) world.signals.fire(signal)
      user.abort()
      await world.clock.advance(600_000)
      expect(world.left()).toEqual({ timers: 0, links: 0, listeners: 0 })
      expect(world.dials).toHaveLength(dials)
      expect(statuses).toHaveLength(told)
    })
  }

  it('and connect() starts afresh', async () => {
    const world = new SmallWorld('again')
    const connection = world.connection()
    connection.connect()
    await world.clock.advance(100)
    await connection.close()
    connection.connect()
    await world.clock.advance(100)
    expect(connection.state).toBe('open')
    expect(connection.send({ n: 1 }).state).toBe('written')
    await connection.close({ flushMs: 0 })
  })
})
