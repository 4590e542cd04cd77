import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { JSON_TYPE, served } from './support.ts'

const TEXT = { 'content-type': 'text/plain' }

/** The refusal of an answer: its status, its code, and whether it says when to come back. */
const refusalIn = ({ status, json, headers }: { status: number; json: unknown; headers: Headers }): unknown => {
  const { code, message }: { code?: unknown; message?: unknown } = Object(Object(json).error)
  expect(String(message).length).toBeGreaterThan(10)
  return [status, code, headers.get('retry-after') !== null]
}

/** What a server answers to bytes as they are. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('close', () => resolve(answer)).on('error', reject)
  })
}

describe('a bound of streams', () => {
  it('on a body refuses it and writes nothing of it, also where its length was not said', async () => {
    const { ask, port } = await served({ maxBodyBytes: 100 })
    const tooLarge = [413, 'streams/too_large', false]
    expect(refusalIn(await ask('PUT /streams/s', { headers: TEXT, body: 'x'.repeat(101) }))).toEqual(tooLarge)
    expect((await ask('GET /streams/s')).status).toBe(404)
    await ask('PUT /streams/s', { headers: TEXT, body: 'x'.repeat(100) })
    expect(refusalIn(await ask('POST /streams/s', { headers: TEXT, body: 'y'.repeat(101) }))).toEqual(tooLarge)
    const head = 'POST /streams/s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ann\r\nContent-Type: text/plain\r\n'
    const chunked = `${head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n65\r\n${'y'.repeat(101)}\r\n0\r\n\r\n`
    expect(await raw(port, chunked)).toMatch(/^HTTP\/1\.1 413 /)
    expect((await ask('GET /streams/s')).text).toBe('x'.repeat(100))
  })

  it('on new streams in a short time says when to come back, and leaves those that are there', async () => {
    const { ask } = await served({ createBurst: 2, createEveryMs: 60_000 })
    for (const name of ['a', 'b']) expect((await ask(`PUT /streams/${name}`, { headers: TEXT })).status).toBe(201)
    expect(refusalIn(await ask('PUT /streams/c', { headers: TEXT }))).toEqual([429, 'streams/rate_limited', true])
    expect((await ask('PUT /streams/a', { headers: TEXT })).status).toBe(200)
    expect((await ask('PUT /streams/c', { headers: TEXT, token: 'bob' })).status).toBe(201)
  })

  it('on the streams of a principal holds for that one alone, and ends with a removal', async () => {
    const { ask } = await served({ maxStreamsPerPrincipal: 2 })
    for (const name of ['a', 'b']) await ask(`PUT /streams/${name}`, { headers: TEXT })
    const refused = await ask('PUT /streams/c', { headers: TEXT })
    expect(refusalIn(refused)).toEqual([429, 'streams/rate_limited', true])
    expect(refused.text).toContain('2 streams of this principal')
    expect((await ask('PUT /streams/b', { headers: TEXT })).status).toBe(200)
    expect((await ask('PUT /streams/d', { headers: TEXT, token: 'bob' })).status).toBe(201)
    await ask('DELETE /streams/a')
    expect((await ask('PUT /streams/c', { headers: TEXT })).status).toBe(201)
  })

  it('on readers that wait holds for each principal and each link, and for all together', async () => {
    const { ask, streams } = await served({ maxReadersPerPrincipal: 1, maxReaders: 2, longPollMs: 60_000 })
    await ask('PUT /streams/s', { headers: TEXT })
    const end = new AbortController()
    const waiting: Promise<unknown>[] = []
    const wait = async (token: string): Promise<void> => {
      waiting.push(ask('GET /streams/s?offset=now&live=long-poll', { token, signal: end.signal }).catch(() => {}))
      await expect.poll(() => streams.readers).toBe(waiting.length)
    }
    const unavailable = [503, 'streams/unavailable', true]
    await wait('ann')
    for (const live of ['long-poll', 'sse']) {
      expect(refusalIn(await ask(`GET /streams/s?offset=now&live=${live}`))).toEqual(unavailable)
    }
    await wait('bob')
    expect(refusalIn(await ask('GET /streams/s?offset=now&live=sse', { token: 'olga' }))).toEqual(unavailable)
    expect((await ask('GET /streams/s?offset=-1', { token: 'olga' })).status).toBe(200)
    end.abort()
    await Promise.all(waiting)
    await expect.poll(() => streams.readers).toBe(0)
  })

  it('on a page ends it with the append that reaches it, and the next page goes on there', async () => {
    const { ask } = await served()
    await ask('PUT /streams/s', { headers: TEXT })
    const bodies = ['a', 'b', 'c'].map((letter) => letter.repeat(600_000))
    for (const body of bodies) await ask('POST /streams/s', { headers: TEXT, body })
    const first = await ask('GET /streams/s?offset=-1')
    expect([first.text.length, first.headers.get('stream-up-to-date')]).toEqual([1_200_000, null])
    const next = await ask(`GET /streams/s?offset=${first.headers.get('stream-next-offset')}`)
    expect([next.text, next.headers.get('stream-up-to-date')]).toEqual([bodies[2], 'true'])
  })

  it('on the producers of a stream forgets the one that wrote longest ago, which learns its position', async () => {
    const { ask } = await served({ maxProducers: 2 })
    await ask('PUT /streams/s', { headers: JSON_TYPE })
    const append = (id: string, seq: number) =>
      ask('POST /streams/s', {
        headers: { ...JSON_TYPE, 'producer-id': id, 'producer-epoch': '0', 'producer-seq': String(seq) },
        body: JSON.stringify(`${id}${seq}`),
      })
    for (const id of ['a', 'b', 'c']) expect((await append(id, 0)).status).toBe(200)
    expect((await append('b', 0)).status).toBe(204)
    const forgotten = await append('a', 1)
    expect(refusalIn(forgotten)).toEqual([409, 'streams/conflict', false])
    expect(forgotten.headers.get('producer-expected-seq')).toBe('0')
    expect((await ask('GET /streams/s')).json).toEqual(['a0', 'b0', 'c0'])
  })

  it('on names and addresses says which one, and what is expected', async () => {
    const { ask } = await served()
    await ask('PUT /streams/s', { headers: TEXT })
    const bad = [400, 'streams/bad_request', false]
    const long = 'x'.repeat(401)
    expect(refusalIn(await ask(`PUT /streams/${long}`, { headers: TEXT }))).toEqual(bad)
    expect(refusalIn(await ask(`GET /streams/s?offset=${'1'.repeat(4_100)}`))).toEqual(bad)
    const producer = { ...TEXT, 'producer-id': 'x'.repeat(257), 'producer-epoch': '0', 'producer-seq': '0' }
    expect(refusalIn(await ask('POST /streams/s', { headers: producer, body: 'x' }))).toEqual(bad)
    const seq = { ...TEXT, 'stream-seq': 'x'.repeat(257) }
    expect(refusalIn(await ask('POST /streams/s', { headers: seq, body: 'x' }))).toEqual(bad)
  })
})

it('a client that sends far too much is refused, and continues over the same connection', async () => {
  const { ask } = await served({ maxBodyBytes: 100 })
  await ask('PUT /streams/s', { headers: TEXT })
  for (let times = 0; times < 10; times++) {
    expect((await ask('POST /streams/s', { headers: TEXT, body: 'x'.repeat(8_000_000) })).status).toBe(413)
  }
  expect((await ask('POST /streams/s', { headers: TEXT, body: 'fits' })).status).toBe(204)
})

it('an append that its client breaks off writes nothing, and is no failure of the server', async () => {
  const { ask, port, streams } = await served()
  await ask('PUT /streams/s', { headers: TEXT, body: 'whole' })
  const head = 'POST /streams/s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ann\r\nContent-Type: text/plain\r\n'
  for (const begun of ['Content-Length: 100\r\n\r\nhalf', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n']) {
    const socket = connect(port, '127.0.0.1', () => socket.end(head + begun))
    socket.resume().on('error', () => {})
  }
  await expect.poll(() => streams.stats.refusals).toEqual({ 'streams/bad_request': 2 })
  expect((await ask('GET /streams/s')).text).toBe('whole')
})
