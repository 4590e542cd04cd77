import { expect, it } from 'vitest'
import { served } from './support.ts'

it('the time to live of a stream begins when its maker is answered, however long it took to make', async () => {
  const { ask, log, later } = await served()
  const create = log.createSession.bind(log)
  Object.assign(log, {
    createSession: async (...args: Parameters<typeof create>) => {
      const made = await create(...args)
      later(2_000)
      return made
    },
  })
  const made = await ask('PUT /streams/s', { headers: { 'content-type': 'text/plain', 'stream-ttl': '1' } })
  expect(made.status).toBe(201)
  later(500)
  expect((await ask('GET /streams/s?offset=-1')).status).toBe(200)
  later(2_000)
  expect((await ask('GET /streams/s?offset=-1')).status).toBe(404)
})
