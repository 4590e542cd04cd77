import { afterEach, beforeEach, expect, it } from 'vitest'
import { broadcast, Fixture } from './fixture.ts'

let hub: Fixture
beforeEach(() => {
  hub = new Fixture()
})
afterEach(() => hub.ends())

it('a hub client connects as a lead, delivers messages and answers a request', async () => {
  const inits: unknown[] = []
  const client = hub.client({ role: 'lead', token: 'key-1', orgId: 'o1', onInit: (init) => inits.push(init.role) })
  const opened = client.connect()
  const peer = await hub.server.peer()
  await peer.receives({ authorization: 'key-1', org_id: 'o1' })
  peer.sends({ type: 'init', role: 'lead', sessionId: 's9' }, broadcast(1))
  expect(await hub.settled(opened)).toEqual({ value: client })
  expect(client.sessionId).toBe('s9')
  expect(client.isConnected).toBe(true)
  expect(inits).toEqual(['lead'])
  await hub.until(() => hub.messages.length === 1)
  await peer.receives({ type: 'ping' })
  const asked = client.request({ type: 'tool', name: 'read', toolCallId: 'c', params: {} })
  const request = await peer.receives({ type: 'tool', name: 'read', id: (id) => typeof id === 'string' })
  peer.sends({ id: request.id, actions: [{ action: 'ACK' }] })
  expect(await hub.settled(asked)).toMatchObject({ value: { actions: [{ action: 'ACK' }] } })
  expect(hub.states).toEqual(['preparing', 'dialing', 'handshaking', 'open'])
  expect(hub.errors).toEqual([])
})
