import { seededRandom } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { SessionsWebSocket } from '../src/compat.ts'
import { useWorld } from './support.ts'

const world = useWorld()

function client(calls: string[]): SessionsWebSocket {
  const { clock, network } = world.now
  return new SessionsWebSocket(
    's1',
    'o1',
    () => 'secret',
    {
      onMessage: (message) => calls.push(message.type),
      onConnected: () => calls.push('connected'),
      onReconnecting: () => calls.push('reconnecting'),
      onClose: () => calls.push('close'),
      onError: () => calls.push('error'),
    },
    { transport: network.transport, url: 'wss://server', clock, random: seededRandom(3) },
  )
}

describe('SessionsWebSocket', () => {
  it('has the callbacks and methods of sessions §3', async () => {
    const calls: string[] = []
    const socket = client(calls)
    void socket.connect()
    const peer = await world.now.server.peer()
    await world.now.until(() => socket.isConnected())
    const id = socket.sendControlRequest({ subtype: 'interrupt' })
    await peer.receives({ type: 'control_request', request_id: id, request: { subtype: 'interrupt' } })
    peer.sends({ type: 'control_response', response: { subtype: 'success', request_id: id } }, { type: 'assistant' })
    socket.sendControlResponse({ type: 'control_response', response: { subtype: 'success', request_id: 'p' } })
    await peer.receives({ type: 'control_response', response: { request_id: 'p' } })
    socket.reconnect()
    await world.now.server.peer()
    await world.now.until(() => socket.isConnected())
    socket.close()
    await world.now.clock.advance(5000)
    expect(socket.isConnected()).toBe(false)
    expect(calls).toEqual(['connected', 'control_response', 'assistant', 'reconnecting', 'connected'])
  })

  it('reports a final close once', async () => {
    const calls: string[] = []
    const socket = client(calls)
    const connecting = socket.connect()
    ;(await world.now.server.peer()).closes(4003, '')
    await world.now.passing(connecting)
    await world.now.clock.advance(60_000)
    expect(calls.filter((call) => call === 'close')).toHaveLength(1)
  })

  it('reports what async callbacks reject with, also that of the last one', async () => {
    const rejects = async (): Promise<never> => Promise.reject(new Error('late'))
    const told: string[] = []
    const onError = ({ message }: Error): Promise<never> => {
      told.push(message)
      return rejects()
    }
    const callbacks = { onMessage: rejects, onConnected: rejects, onClose: rejects, onError }
    const { clock, network } = world.now
    const options = { transport: network.transport, url: 'wss://server', clock, random: seededRandom(3) }
    const socket = new SessionsWebSocket('s1', 'o1', () => 'secret', callbacks, options)
    void socket.connect()
    const peer = await world.now.server.peer()
    await world.now.until(() => socket.isConnected())
    peer.sends({ type: 'assistant' })
    await world.now.until(() => told.length === 2)
    peer.closes(4003, '')
    await world.now.until(() => told.length === 4)
    expect(told).toEqual(['onConnected threw', 'onMessage threw', expect.stringContaining('token'), 'onClose threw'])
  })

  it('goes on for as long as the server lets it in and talks, however short that is each time', async () => {
    const calls: string[] = []
    const socket = client(calls)
    void socket.connect()
    for (let n = 0; n < 9; n += 1) {
      const peer = await world.now.server.peer()
      await world.now.until(() => socket.isConnected())
      peer.sends({ type: 'assistant' })
      await world.now.clock.advance(100)
      peer.drops()
      await world.now.until(() => !socket.isConnected())
    }
    expect(calls).not.toContain('close')
    socket.close()
    await world.now.clock.advance(5_000)
  })
})
