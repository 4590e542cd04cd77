import { afterAll, beforeAll, expect, it } from 'vitest'
import { clientOf, natsStory } from '../../examples/nats/story.ts'
import { type NatsServers, startNats } from '../../scripts/nats-processes.ts'
import { silentlyLost } from '../e2e/support/silently-lost.ts'

const TOKEN = 'a-token-of-this-test'
let servers: NatsServers

beforeAll(async () => {
  servers = await startNats({ jetStream: false, config: `authorization { token: "${TOKEN}" }` })
})

afterAll(() => servers.stop())

it('nats-server and two clients lose nothing without a report, whatever the network does', async () => {
  const port = Number(new URL(servers.urls[0] ?? '').port)
  const { published, told, count, read, answered, asked } = await natsStory(port, TOKEN)
  const numbers = read.filter((one) => one !== 'gap')
  expect(published.length + told.length).toBe(count)
  expect(silentlyLost(published, read)).toEqual([])
  expect(new Set(numbers).size).toBe(numbers.length)
  // The reader's own way broke six times; each may be a gap, and what went well is far more than what did not.
  expect(read.filter((one) => one === 'gap').length).toBeGreaterThanOrEqual(6)
  expect(published.length).toBeGreaterThan(count / 2)
  expect(asked).toBe(13)
  expect(answered).toBeGreaterThan(0)
})

it('a refused token is reported at once', async () => {
  const port = Number(new URL(servers.urls[0] ?? '').port)
  const { connection } = clientOf(`127.0.0.1:${port}`, 'another')
  await expect(connection.connect()).rejects.toMatchObject({ code: 'connection/credentials_refused' })
  await connection.close()
})
