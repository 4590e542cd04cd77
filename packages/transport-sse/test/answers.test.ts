import { type ClientProtocol, Connection, type SseEvent } from '@holdfast/core'
import { seededRandom, VirtualClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { type EventStreamOptions, eventStream, type FetchResponse } from '../src/index.ts'

type Answer = { readonly text: string; readonly ends: 'ends' | 'breaks' } | { readonly fails: unknown }

function response(text: string, ends: 'ends' | 'breaks'): FetchResponse {
  const pieces = [new TextEncoder().encode(text)]
  const read = async () => {
    const value = pieces.shift()
    if (value === undefined && ends === 'breaks') throw new Error('the connection was cut')
    return { done: value === undefined, value }
  }
  const cancel = async (): Promise<void> => {}
  return {
    status: 200,
    headers: [['content-type', 'text/event-stream']],
    body: { cancel, getReader: () => ({ read, cancel }) },
  }
}

/** Plays answers to one connection for half an hour; asked again when they are used up, the server is silent. */
async function play(answers: readonly Answer[], options: EventStreamOptions) {
  const clock = new VirtualClock()
  const asked: (string | undefined)[] = []
  const data: string[] = []
  const protocol: ClientProtocol<SseEvent, never, SseEvent, never> = {
    name: 'model',
    codec: { decode: (message) => ({ ok: true, message }), encode: () => [] },
  }
  const transport = eventStream({
    ...options,
    clock,
    fetch: async (_url, { headers }) => {
      const answer = answers[asked.length]
      asked.push(headers['last-event-id'])
      if (answer === undefined) return new Promise<never>(() => {})
      if ('fails' in answer) throw answer.fails
      return response(answer.text, answer.ends)
    },
  })
  const connection = new Connection({
    ...{ transport, protocol, clock, random: seededRandom(1) },
    target: 'https://model.test/v1/messages',
    onMessage: (event) => data.push(event.data),
  })
  void connection.connect()
  await clock.advance(1_800_000)
  const { status } = connection
  await connection.close()
  return { asked, data, status }
}

const POST: EventStreamOptions = { init: { method: 'POST', body: '{"prompt":"hi"}' } }
const CUT: Answer = { text: 'data: Hel\n\n', ends: 'breaks' }
const WHOLE: Answer = { text: 'data: Hel\n\ndata: lo\n\n', ends: 'ends' }
const refused = (code: string): Answer => ({
  fails: new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }),
})

describe('a POST whose answer is an event stream', () => {
  it.each([POST, { ...POST, repeat: true }])('is asked once and is complete when its answer ended', async (options) => {
    const { asked, data, status } = await play([WHOLE], options)
    expect([asked.length, data]).toEqual([1, ['Hel', 'lo']])
    expect(status).toEqual({ state: 'closed', outcome: { reason: 'complete' } })
  })

  it.each<[string, Answer]>([
    ['cut', CUT],
    ['lost before its head', refused('ECONNRESET')],
  ])('is asked once when its answer was %s, and the end says so', async (_what, answer) => {
    const { asked, status } = await play([answer], POST)
    expect(asked).toHaveLength(1)
    expect(status).toMatchObject({ outcome: { reason: 'terminal', error: { code: 'connection/not_repeated' } } })
  })

  it('is asked again from the id at which it was cut, without any help of the app', async () => {
    const answers: Answer[] = [
      { text: 'id: 1\ndata: Hel\n\nid: 2\n\n', ends: 'breaks' },
      { text: 'data: lo\n\n', ends: 'ends' },
    ]
    const { asked, data, status } = await play(answers, POST)
    expect([asked, data]).toEqual([
      [undefined, '2'],
      ['Hel', 'lo'],
    ])
    expect(status).toMatchObject({ outcome: { reason: 'complete' } })
  })

  it('is asked again after a cut where that is asked for', async () => {
    const { asked, status } = await play([CUT, WHOLE], { ...POST, repeat: true })
    expect(asked).toHaveLength(2)
    expect(status).toMatchObject({ outcome: { reason: 'complete' } })
  })

  it.each(['ECONNREFUSED', 'ENOTFOUND'])('is asked again where it was never sent: %s', async (code) => {
    const { asked } = await play([refused(code), WHOLE], POST)
    expect(asked).toHaveLength(2)
  })
})

it('a GET is a subscription: it is asked for again whenever it ended', async () => {
  const { asked } = await play([WHOLE, CUT, WHOLE], {})
  expect(asked.length).toBeGreaterThan(3)
})
