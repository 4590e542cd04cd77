import { VirtualClock } from '@holdfast/testkit'
import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { Outbox } from './outbox/outbox.ts'
import { type RequestLink, Requests } from './requests.ts'

type Message = { readonly id: string; readonly answer?: string }

/** Says enough for both kinds of listener. */
const EVENT = { cause: undefined, status: { state: 'closed' } }

let clock: VirtualClock
let written: string[]
let box: Outbox<Message>
let requests: Requests<Message, Message>
let drop: () => void
let close: () => void
let comes: (message: Message) => boolean

beforeEach(() => {
  clock = new VirtualClock()
  written = []
  const taps: ((message: Message) => boolean)[] = []
  const drops: (() => void)[] = []
  const ends: (() => void)[] = []
  box = new Outbox<Message>(
    {
      clock,
      newId: () => 'x',
      encode: (message) => ({ wire: message.id, bytes: 1 }),
      write: (wire) => written.push(String(wire)),
      bufferedBytes: () => 0,
      drained: () => Promise.resolve(),
      report: () => {},
      confirmationRequested: () => {},
      empty: () => {},
    },
    { maxCount: 10, maxBytes: 10_000, highWaterBytes: 100 },
    { byDefault: 'once' },
  )
  const link: RequestLink<Message, Message> = {
    send: (message, options) => box.send(message, options),
    acked: (ids) => box.ackedIds(ids),
    intercept: (interceptor) => {
      taps.push(interceptor)
      return () => {}
    },
    on: (name: 'dropped' | 'status', listener: (event: typeof EVENT) => void) => {
      ;(name === 'dropped' ? drops : ends).push(() => listener(EVENT))
      return () => {}
    },
  }
  requests = new Requests(link, {
    answers: ({ id, answer }) => (answer === undefined ? undefined : id),
    clock,
    instance: 'c',
  })
  drop = () => {
    box.dropped()
    for (const listener of drops) listener()
  }
  close = () => {
    box.end()
    for (const listener of ends) listener()
  }
  comes = (message) => taps.some((interceptor) => interceptor(message))
})

const open = () => box.opened('ack', { continued: true })
const ask = (options?: Parameters<typeof requests.ask>[1]) => {
  const answer = requests.ask((id) => ({ id }), options)
  answer.catch(() => {})
  return answer
}

describe('a request', () => {
  it('resolves with its answer, which proves that it arrived', async () => {
    open()
    const answer = ask()
    expect(box.unconfirmed).toBe(1)
    expect(comes({ id: 'c.1', answer: 'yes' })).toBe(true)
    expect(await answer).toEqual({ id: 'c.1', answer: 'yes' })
    expect([box.count, requests.count, clock.pending]).toEqual([0, 0, 0])
  })

  it('is taken back when its time is over before it was written', async () => {
    const answer = ask({ timeoutMs: 100 })
    await clock.advance(100)
    await expect(answer).rejects.toMatchObject({ code: 'request/timeout' })
    open()
    expect(written).toEqual([])
  })

  it('frees its place in the outbox even when the answer comes too late', async () => {
    open()
    const answer = ask({ timeoutMs: 100 })
    await clock.advance(100)
    await expect(answer).rejects.toMatchObject({ code: 'request/timeout' })
    expect(comes({ id: 'c.1', answer: 'late' })).toBe(false)
    expect([requests.orphans, box.count]).toEqual([1, 0])
  })

  it('rejects with the reason of its signal', async () => {
    const user = new AbortController()
    const answer = ask({ signal: user.signal })
    user.abort(new Error('never mind'))
    await expect(answer).rejects.toThrow('never mind')
    expect(box.count).toBe(0)
  })
})

describe('a drop', () => {
  it('rejects what was written, and leaves what waits', async () => {
    open()
    const sent = ask()
    drop()
    const waits = ask()
    await expect(sent).rejects.toMatchObject({ code: 'request/dropped', details: { delivery: 'inDoubt' } })
    open()
    comes({ id: 'c.2', answer: 'yes' })
    expect(await waits).toMatchObject({ answer: 'yes' })
  })

  it('is survived by a request that is carried, under the same id', async () => {
    open()
    const answer = ask({ onDrop: 'carry' })
    drop()
    open()
    expect(written).toEqual(['c.1', 'c.1'])
    comes({ id: 'c.1', answer: 'yes' })
    expect(await answer).toMatchObject({ answer: 'yes' })
  })
})

it('a request that the peer has forgotten is in doubt, and a waiting one is not', async () => {
  open()
  const [acked, written1, kept] = [ask({ onDrop: 'carry' }), ask({ onDrop: 'carry' }), ask({ onDrop: 'carry' })]
  box.ackedIds(['c.1', 'c.3'])
  drop()
  const waits = ask({ onDrop: 'carry' })
  requests.doubt((id) => id !== 'c.3')
  box.opened('ack', { continued: false })
  for (const lost of [acked, written1]) {
    await expect(lost).rejects.toMatchObject({ code: 'request/dropped', details: { delivery: 'inDoubt' } })
  }
  expect(written).toEqual(['c.1', 'c.2', 'c.3', 'c.3', 'c.4'])
  for (const id of ['c.3', 'c.4']) comes({ id, answer: 'yes' })
  expect(await Promise.all([kept, waits])).toMatchObject([{ answer: 'yes' }, { answer: 'yes' }])
})

describe('the end', () => {
  it('rejects everything, and says what was never sent', async () => {
    const answer = ask()
    close()
    await expect(answer).rejects.toMatchObject({ code: 'delivery/not_sent' })
  })

  it('never says "not sent" of a request that was carried over a drop', async () => {
    open()
    const again = ask({ onDrop: 'carry' })
    box.end()
    drop()
    await expect(again).rejects.toMatchObject({ code: 'request/dropped', details: { delivery: 'inDoubt' } })
  })
})

describe('an answer with a schema', () => {
  const Sum = z.object({ answer: z.string().regex(/^\d+$/).transform(Number) })

  it('resolves with what the schema reads, typed by it', async () => {
    const answer = requests.ask((id) => ({ id }), { schema: Sum })
    expectTypeOf(answer).resolves.toEqualTypeOf<{ answer: number }>()
    open()
    comes({ id: 'c.1', answer: '42' })
    await expect(answer).resolves.toEqual({ answer: 42 })
  })

  it('rejects where it does not fit, and says where in its cause', async () => {
    const answer = requests.ask((id) => ({ id }), { schema: Sum })
    open()
    comes({ id: 'c.1', answer: 'secret' })
    await expect(answer).rejects.toMatchObject({
      code: 'request/answer_invalid',
      message: 'The answer does not fit',
      cause: [{ path: ['answer'] }],
    })
    expect(requests.count).toBe(0)
  })
})
