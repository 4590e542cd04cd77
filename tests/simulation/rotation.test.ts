import { type ClientProtocol, jsonProtocol, type ProtocolContext, type Status } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import { isLong, seeds } from './src/seeds.ts'
import { SmallWorld } from './src/small-world.ts'

type Message = { readonly [name: string]: unknown }

const LIFE_MS = 120_000
const SEEDS = seeds(100)

/** An hour with credentials that live for two minutes. */
async function hour(seed: number, variant: Pick<ClientProtocol<Message, unknown>, 'overlap' | 'renew'>) {
  const world = new SmallWorld(seed, { latencyMs: 20 })
  const expiries: number[] = []
  const statuses: Status[] = []
  let usableMs = 0
  let inUseUntil = Number.POSITIVE_INFINITY
  const late: number[] = []
  const connection = world.connection({
    protocol: { ...jsonProtocol<Message>(), ...variant, handshake: async () => undefined },
    credentials: () => {
      const expiresAt = world.engine.epoch() + LIFE_MS
      expiries.push(expiresAt)
      return { expiresAt, headers: { authorization: `token ${expiries.length}` } }
    },
    onStatus: (status) => {
      statuses.push(status)
      if (status.state === 'open') inUseUntil = expiries.at(-1) ?? 0
    },
    retry: { limits: [] },
  })
  connection.connect()
  await world.clock.advance(1_000)
  for (let second = 0; second < 3_600; second += 1) {
    await world.clock.advance(1_000)
    if (connection.state === 'open' || connection.state === 'draining') usableMs += 1_000
    if (variant.renew === undefined && connection.state === 'open' && world.engine.epoch() > inUseUntil)
      late.push(second)
  }
  await connection.close({ flushMs: 0 })
  return { world, statuses, usable: usableMs / 3_600_000, asked: expiries.length, late }
}

describe('credentials that expire', () => {
  it('are replaced before that by a successor, without a moment unusable, where two may live', async () => {
    for (const seed of SEEDS.slice(0, isLong ? 10 : 3)) {
      const { world, statuses, usable, asked, late } = await hour(seed, { overlap: true })
      expect(late).toEqual([])
      expect(usable).toBe(1)
      expect(asked).toBeGreaterThanOrEqual(3_600_000 / LIFE_MS)
      expect(world.drops.slice(0, -1).every((drop) => drop === 'local')).toBe(true)
      // From the first opening on it is open or draining, until it is closed.
      const states = statuses.map(({ state }) => state)
      expect(new Set(states.slice(states.indexOf('open'), -1))).toEqual(new Set(['open', 'draining']))
    }
  })

  it('are replaced before that by a new connection where two may not live', async () => {
    for (const seed of SEEDS.slice(0, isLong ? 10 : 3)) {
      const { usable, late, asked } = await hour(seed, {})
      expect(late).toEqual([])
      expect(asked).toBeGreaterThanOrEqual(3_600_000 / LIFE_MS)
      expect(usable).toBeGreaterThan(0.98)
    }
  })

  it('are renewed in band where the protocol can, on one connection', async () => {
    for (const seed of SEEDS.slice(0, isLong ? 10 : 3)) {
      const renewed: unknown[] = []
      const { world, usable } = await hour(seed, { renew: (credentials) => void renewed.push(credentials) })
      expect(world.dials).toHaveLength(1)
      expect(renewed.length).toBeGreaterThanOrEqual(3_600_000 / LIFE_MS - 1)
      expect(usable).toBe(1)
    }
  })
})

describe('leaving a server that says goaway', () => {
  it('keeps reading the old connection until the successor is open, and writes on the new one only', async () => {
    for (const seed of SEEDS) {
      const world = new SmallWorld(seed, { latencyMs: 50 })
      const got: Message[] = []
      const protocol = {
        ...jsonProtocol<Message>(),
        overlap: true,
        handshake: async () => undefined,
        receive: (message: Message, context: ProtocolContext<unknown>) => {
          if (message['goaway'] === undefined) return false
          context.drain(3_000)
          return true
        },
      }
      const connection = world.connection({ protocol, onMessage: (message) => got.push(message) })
      connection.connect()
      await world.clock.advance(1_000)
      const [old] = world.channels
      old?.send('{"goaway":1}')
      await world.clock.runUntil(() => connection.state === 'draining', 1_000)
      const waiting = connection.send({ late: 1 })
      old?.send('{"still":1}')
      await world.clock.advance(60)
      if (connection.state === 'draining') expect(waiting.state).toBe('queued')
      expect(got).toEqual([{ still: 1 }])
      await world.clock.runUntil(() => connection.state === 'open', 10_000)
      expect(world.channels).toHaveLength(2)
      expect(waiting.state).toBe('written')
      // By its probe at the latest.
      await world.clock.advance(6_000)
      expect(waiting.state).toBe('acked')
      expect(world.network.links).toHaveLength(1)
      await connection.close()
    }
  })
})
