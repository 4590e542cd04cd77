import { expect, it } from 'vitest'
import { JSON_TYPE, served } from './support.ts'

it('the counters of streams have appends, reads by kind, bytes, waiting readers, refusals by code and pages from memory', async () => {
  const { ask, streams, hub } = await served({ longPollMs: 60_000 })
  const producer = { ...JSON_TYPE, 'producer-id': 'p', 'producer-epoch': '0', 'producer-seq': '0' }
  await ask('PUT /streams/s', { headers: JSON_TYPE })
  await ask('POST /streams/s', { headers: producer, body: '{"n":1}' })
  await ask('POST /streams/s', { headers: producer, body: '{"n":1}' })
  await ask('POST /streams/s', { headers: JSON_TYPE, body: 'no JSON' })
  const page = await ask('GET /streams/s?offset=-1')
  await ask('GET /streams/s?offset=-1', { headers: { 'if-none-match': page.headers.get('etag') ?? '' } })
  await ask('HEAD /streams/s')
  await ask('GET /streams/none')
  await ask('GET /streams/s', { token: 'wrong' })
  const session = await hub.createSession()
  await ask(`GET /streams/sessions/${session.id}/state`)
  const end = new AbortController()
  const tail = page.headers.get('stream-next-offset')
  const waiting = [
    ask(`GET /streams/s?offset=${tail}&live=long-poll`, { signal: end.signal }),
    ask(`GET /streams/s?offset=${tail}&live=sse`, { signal: end.signal }),
  ]
  await expect.poll(() => [streams.stats.longPolls, streams.stats.eventStreams]).toEqual([1, 1])
  expect(streams.stats).toMatchObject({
    ...{ appendsWritten: 1, appendsKnown: 1, appendedBytes: 7, notModified: 1, open: 2 },
    reads: { page: 2, 'long-poll': 1, sse: 1, state: 1, head: 1 },
    refusals: { 'streams/bad_request': 1, 'streams/not_found': 1, 'streams/unauthorized': 1 },
  })
  expect(streams.stats.pagesFromMemory).toBeGreaterThan(0)
  expect(streams.stats.readBytes).toBeGreaterThanOrEqual(page.text.length)
  end.abort()
  await Promise.allSettled(waiting)
  await expect.poll(() => [streams.stats.longPolls, streams.stats.eventStreams]).toEqual([0, 0])
  session.close()
})
