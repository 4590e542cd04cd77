import { expect, it } from 'vitest'
import { doctorStore, statusStore, storeOf } from '../src/client/store.ts'
import { Connection } from '../src/index.ts'
import { connectionWorld } from './support/connection-world.ts'

const world = connectionWorld()

const start = () => world.keep(new Connection(world.options))

it('a store reports each change of the status, and its snapshot is the same object until then', async () => {
  const connection = start()
  const store = statusStore(connection)
  const states: string[] = []
  const off = store.subscribe(() => states.push(store.getSnapshot().status.state))
  const before = store.getSnapshot()
  expect(store.getSnapshot()).toBe(before)
  void connection.connect()
  const peer = await world.server.peer()
  await world.clock.advance(100)
  expect(states).toEqual(['preparing', 'dialing', 'open'])
  expect(store.getSnapshot()).toMatchObject({ isConnected: true, error: undefined })
  expect(store.getSnapshot()).toBe(store.getSnapshot())
  peer.drops()
  await world.clock.advance(10)
  expect(store.getSnapshot().isConnected).toBe(false)
  off()
  const count = states.length
  await world.clock.advance(5_000)
  expect(states).toHaveLength(count)
  expect(store.getSnapshot().status).toBe(connection.status)
})

it('a store that was read between a change and its event reports the change all the same', async () => {
  const connection = start()
  const store = statusStore(connection)
  let told = 0
  connection.on('status', () => store.getSnapshot())
  store.subscribe(() => {
    told += 1
  })
  void connection.connect()
  expect(told).toBe(1)
})

it('the first snapshot of a store has what changed before the first subscription', async () => {
  const connection = start()
  let label = 'one'
  const store = storeOf(connection, { read: () => ({ label }), server: { label: '' } })
  expect(store.getSnapshot()).toMatchObject({ label: 'one' })
  label = 'two'
  store.subscribe(() => {})
  expect(store.getSnapshot()).toMatchObject({ label: 'two' })
  expect(store.getServerSnapshot()).toEqual({ label: '' })
})

it("the doctor's sentence follows the clock while it has a subscriber, and leaves no timer behind", async () => {
  const connection = start()
  const store = doctorStore(connection, { clock: world.clock })
  let told = 0
  const off = [1, 2].map(() =>
    store.subscribe(() => {
      told += 1
    }),
  )
  void connection.connect()
  await world.server.peer()
  await world.clock.advance(100)
  const before = told
  const first = store.getSnapshot().explanation
  await world.clock.advance(3_000)
  expect(store.getSnapshot().explanation).not.toBe(first)
  expect(told - before).toBe(6)
  for (const undo of off) undo()
  await world.clock.advance(3_000)
  expect(told - before).toBe(6)
})

it('a connection that is over says why, and one that its user closed has no error', async () => {
  const closed = start()
  const store = statusStore(closed)
  await closed.close()
  expect(store.getSnapshot()).toMatchObject({ status: { state: 'closed' }, error: undefined })
  const refused = start()
  const other = statusStore(refused)
  void refused.connect()
  await world.server.refuses({ status: 403 })
  await world.clock.advance(100)
  expect(other.getSnapshot().error).toMatchObject({ code: 'connection/refused' })
})
