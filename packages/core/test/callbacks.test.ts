import { NEARNESS, type WakeSignal } from '@holdfast/contract'
import { describe, expect, it } from 'vitest'
import { Connection, type ConnectionOptions, type WakeSignals } from '../src/index.ts'
import { connectionWorld } from './support/connection-world.ts'

const world = connectionWorld()

type Message = { readonly [name: string]: unknown }

let connection: Connection<Message>

async function opened(
  options: Partial<ConnectionOptions<Message, unknown, string | Uint8Array, string | Uint8Array, never>> = {},
) {
  connection = world.keep(
    new Connection<Message>({
      ...world.options,
      ...options,
    }),
  )
  connection.connect()
  const peer = await world.server.peer()
  await world.clock.runUntil(() => connection.state === 'open', 1_000)
  return peer
}

describe('inside "dropped"', () => {
  it('close() is final, though the drop would be retried', async () => {
    const peer = await opened()
    connection.on('dropped', () => void connection.close({ flushMs: 0 }))
    peer.drops()
    await world.clock.advance(60_000)
    expect(connection.status).toEqual({ state: 'closed', outcome: { reason: 'user' } })
  })

  it('suspend() is not undone by the retry', async () => {
    const peer = await opened()
    const off = connection.on('dropped', () => connection.suspend())
    peer.drops()
    await world.clock.advance(60_000)
    expect(connection.status).toEqual({ state: 'suspended', reason: 'user' })
    off()
  })

  it('reconnect() dials once', async () => {
    const peer = await opened()
    const off = connection.on('dropped', () => connection.reconnect())
    peer.drops()
    await world.server.peer()
    await world.clock.advance(60_000)
    off()
    expect([connection.state, world.network.dialCount]).toEqual(['open', 2])
  })

  it('reconnect() behind a close() begins anew: messages are taken and signals heard', async () => {
    const heard = new Set<(signal: WakeSignal) => void>()
    const signals: WakeSignals = {
      online: true,
      visible: true,
      nearness: NEARNESS,
      subscribe: (listener) => {
        heard.add(listener)
        return () => heard.delete(listener)
      },
    }
    await opened({ signals })
    const off = connection.on('dropped', () => connection.reconnect())
    void connection.close({ flushMs: 0 })
    off()
    const peer = await world.server.peer()
    await world.clock.runUntil(() => connection.state === 'open', 1_000)
    connection.send({ n: 1 })
    await peer.receives({ n: 1 })
    expect(heard.size).toBe(1)
    await connection.close({ flushMs: 0 })
    expect(heard.size).toBe(0)
  })
})

describe('what the runtime said before a close', () => {
  it('does not keep the next connect() offline', async () => {
    let listener: (signal: WakeSignal) => void = () => {}
    const signals = {
      online: true,
      visible: true,
      nearness: NEARNESS,
      subscribe: (given: typeof listener) => {
        listener = given
        return () => {}
      },
    }
    await opened({ signals })
    listener('offline')
    await connection.close({ flushMs: 0 })
    connection.connect()
    expect(connection.state).toBe('preparing')
    await world.server.peer()
    await world.clock.runUntil(() => connection.state === 'open', 1_000)
  })
})
