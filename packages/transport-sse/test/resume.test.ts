import { type ClientProtocol, Connection, type SseEvent } from '@holdfast/core'
import { deferred } from '@holdfast/core/internals'
import { seededRandom, VirtualClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { eventStream, type FetchResponse } from '../src/index.ts'

const encoder = new TextEncoder()

/** What the server keeps: every event under its id, in all the ways in which an event may be written. */
const KEPT = [
  'id: 1\ndata: first\n\n',
  ': a comment\r\nid: 2\r\ndata: {"größe":"🙂"}\r\n\r\n',
  'event: named\rdata: two\rdata: lines\rid: 3\r\r',
  'retry: 500\ndata\nid: 4\n\n',
  'id: 5\ndata: 漢字\nunknown: field\n\n',
] as const
const DATA = ['first', '{"größe":"🙂"}', 'two\nlines', '', '漢字'] as const

/** All that comes after an id, with the mark that a stream may begin with. */
const streamAfter = (id: string): Uint8Array => encoder.encode(`\uFEFF${KEPT.slice(Number(id)).join('')}`)
const RECORDED = streamAfter('')

type Ending = 'stays open' | 'ends' | 'breaks'

/** A response that brings these bytes in pieces of three, then stays open or goes the way it is told. */
function response(bytes: Uint8Array, ending: Ending): FetchResponse {
  let at = 0
  const left = deferred<{ readonly done: boolean }>()
  const cancel = async (): Promise<void> => left.resolve({ done: true })
  const read = async () => {
    if (at < bytes.length) {
      at += 3
      return { done: false, value: bytes.subarray(at - 3, at) }
    }
    if (ending === 'breaks') throw new Error('the connection was cut')
    return ending === 'ends' ? { done: true } : left.promise
  }
  const body = { cancel, getReader: () => ({ read, cancel }) }
  return { status: 200, headers: [['content-type', 'text/event-stream']], body }
}

/** All that a client is told whose first two streams are cut after so many bytes. */
async function deliveredOver(cutAt: number, ending: Ending): Promise<{ data: string[]; asked: string[] }> {
  const clock = new VirtualClock()
  const data: string[] = []
  const asked: string[] = []
  let lastId = ''
  const protocol: ClientProtocol<SseEvent, never, SseEvent, never> = {
    name: 'events',
    codec: { decode: (message) => ({ ok: true, message }), encode: () => [] },
  }
  const connection = new Connection({
    transport: eventStream({
      clock,
      fetch: async (_url, { headers }) => {
        const after = headers['last-event-id'] ?? ''
        asked.push(after)
        const bytes = streamAfter(after)
        return asked.length < 3 ? response(bytes.subarray(0, cutAt), ending) : response(bytes, 'stays open')
      },
    }),
    target: () => ({ url: 'http://stream.test/', ...(lastId === '' ? {} : { headers: { 'last-event-id': lastId } }) }),
    protocol,
    clock,
    random: seededRandom(cutAt),
    onMessage: ({ data: text, id }) => {
      data.push(text)
      lastId = id
    },
  })
  connection.connect()
  await clock.runUntil(() => asked.length === 3 && data.length >= DATA.length, 600_000)
  await clock.advance(1_000)
  void connection.close()
  await clock.settle()
  expect(clock.pending).toBe(0)
  return { data, asked }
}

describe.each<Ending>(['ends', 'breaks'])('a stream that %s at any byte', (ending) => {
  it('is gone on with where it was: every event once, in order', async () => {
    expect(RECORDED.length).toBeGreaterThan(150)
    for (let cutAt = 0; cutAt <= RECORDED.length; cutAt++) {
      const { data } = await deliveredOver(cutAt, ending)
      expect({ cutAt, data }).toEqual({ cutAt, data: DATA })
    }
  })

  it('asks for what comes after the last event that was whole', async () => {
    const { asked } = await deliveredOver(RECORDED.length - 1, ending)
    expect(asked).toEqual(['', '4', '5'])
  })
})
