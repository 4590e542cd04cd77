import { seededRandom } from '@holdfast/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { CoderHubWebSocketClient, type CoderHubWebSocketOptions } from '../src/compat/index.ts'
import { broadcast, Fixture } from './fixture.ts'

let hub = new Fixture()
const clients: CoderHubWebSocketClient[] = []
afterEach(async () => {
  for (const { client } of clients.splice(0)) void client.close({ flushMs: 0 })
  await hub.ends()
  hub = new Fixture()
})

const log: unknown[] = []
function open(options: CoderHubWebSocketOptions = {}): CoderHubWebSocketClient {
  log.length = 0
  const { clock, network } = hub
  const client = new CoderHubWebSocketClient({
    ...{ transport: network.transport, clock, random: seededRandom(1) },
    ...{ url: 'https://hub.example', apiKey: '', sessionId: 's1', role: 'lead' },
    onStateChange: (state) => log.push(state),
    onInit: ({ role }) => log.push(`init ${role}`),
    onOpen: () => log.push('open'),
    onMessage: ({ type }) => log.push(type),
    onError: (error) => log.push(error),
    onClose: (code, reason) => log.push(`close ${code} ${reason}`),
    ...options,
  })
  clients.push(client)
  client.connect()
  return client
}

describe('the callbacks of the compat client', () => {
  it('come in the published order: connected, init, open, messages of the handshake, then the rest', async () => {
    const client = open({ role: 'observer', onInit: () => log.push(`init, connected: ${client.isConnected}`) })
    const peer = await hub.server.peer()
    peer.sends({ type: 'init', role: 'observer', sessionId: 's1' })
    peer.sends(broadcast(1))
    await hub.until(() => log.includes('broadcast'))
    expect(log).toEqual(['connecting', 'authenticating', 'connected', 'init, connected: true', 'open', 'broadcast'])
  })

  it('report a silent link as the published client closes it', async () => {
    open()
    await hub.accepts()
    await hub.until(() => log.includes('reconnecting'))
    expect(log.at(-1)).toBe('close 1000 Heartbeat timeout')
  })

  it('report an ending in the order state, error, close', async () => {
    open()
    const peer = await hub.accepts()
    await hub.until(() => log.includes('open'))
    peer.closes(4410, 'newer')
    await hub.until(() => log.includes('closed'))
    await hub.clock.settle()
    expect(log.slice(-3)).toMatchObject(['closed', { code: 'connection_error', closeCode: 4410 }, 'close 4410 newer'])
  })
})

describe('async callbacks of the compat client that reject', () => {
  it('are reported by name, one by one, and stop nothing', async () => {
    const rejects = async (): Promise<never> => Promise.reject(new Error('late'))
    const told: unknown[] = []
    const client = open({
      role: 'observer',
      onStateChange: rejects,
      onInit: rejects,
      onOpen: rejects,
      onMessage: rejects,
      onClose: rejects,
      onError: (error) => {
        told.push(error.message)
        return rejects()
      },
    })
    const peer = await hub.server.peer()
    peer.sends({ type: 'init', role: 'observer', sessionId: 's1' })
    // One of the handshake, which waits for onOpen, and one that does not.
    peer.sends(broadcast(1))
    await hub.until(() => client.isConnected)
    peer.sends(broadcast(2))
    await hub.until(() => told.length === 7)
    peer.closes(4410, 'newer')
    await hub.until(() => told.length === 10)
    const state = 'onStateChange threw'
    expect(told.slice(0, 3)).toEqual([state, state, state])
    expect(told.slice(3, 7)).toEqual(['onInit threw', 'onOpen threw', 'onMessage threw', 'onMessage threw'])
    expect(told.slice(7)).toEqual([expect.stringContaining('4410'), state, 'onClose threw'])
  })
})

describe('messages that the compat client cannot vouch for', () => {
  it('are handed back with the error that names them', async () => {
    const client = open()
    const peer = await hub.accepts()
    await hub.until(() => log.includes('open'))
    const messages = ['1', '2'].map((line) => ({ type: 'session_entry', path: 'p', line }) as const)
    for (const message of messages) client.send(message)
    await hub.clock.settle()
    peer.drops()
    await hub.until(() => log.some((item) => item instanceof Error))
    expect(log.find((item) => item instanceof Error)).toMatchObject({
      code: 'connection_error',
      details: { delivery: 'inDoubt' },
      lostMessages: messages,
    })
  })
})
