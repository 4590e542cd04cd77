import { items } from '@holdfast/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentlyLost } from '../../tests/e2e/support/silently-lost.ts'
import { clientOf, socketIoStory, startServer } from './story.ts'

let server: Awaited<ReturnType<typeof startServer>>
let client: ReturnType<typeof clientOf>

beforeEach(async () => {
  server = await startServer()
})

afterEach(async () => {
  await client?.connection.close({ flushMs: 0 })
  await server.close()
})

it('the Socket.IO client works both ways and loses nothing without a report, whatever the network does', async () => {
  const { sent, read, said, confirmed, told, recovered } = await socketIoStory(1, 20)
  const all = Array.from({ length: sent }, (_, n) => n)
  expect(silentlyLost(all, read)).toEqual([])
  const numbers = read.filter((one) => one !== 'gap')
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => Number(a) - Number(b)))
  // The server went on with sessions, and what was missed meanwhile came.
  expect(recovered).toBeGreaterThan(0)
  expect(confirmed.filter((n) => !said.includes(n))).toEqual([])
  expect(new Set(said).size).toBe(said.length)
  expect(told.length).toBeGreaterThan(0)
})

it('the Socket.IO client carries bytes, waits after a refusal, and ends when the server ends the connection', async () => {
  const address = `127.0.0.1:${server.port}`
  client = clientOf(address, 'wrong')
  await expect(client.connection.connect()).rejects.toMatchObject({
    code: 'connection/credentials_refused',
    message: 'not you',
  })
  await client.connection.close()

  client = clientOf(address, 'sesame')
  const events = items(client.connection)
  await client.connection.connect()
  client.emit('bytes', new Uint8Array([1, 2, 3]))
  const { value } = await events.next()
  expect(value).toMatchObject({
    message: { kind: 'event', data: ['bytes', new Uint8Array([1, 2, 3]), expect.any(String)] },
  })
  const closed = new Promise((resolve) => {
    client.connection.on('status', ({ status }) => status.state === 'closed' && resolve(status.outcome))
  })
  client.emit('leave')
  expect(await closed).toMatchObject({ error: { code: 'socket-io/disconnected' } })
})
