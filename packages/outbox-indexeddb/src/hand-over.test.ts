import { expect, it } from 'vitest'
import type { BoxChange, StoredMessage } from './box-store.ts'
import { DurableOutbox } from './durable-outbox.ts'
import { Notices } from './notices.ts'
import type { OutboxClient, OutboxDeliveryOfClient } from './options.ts'

const MESSAGES = 1_000
const OF_CLIENT = 10

function stored(n: number): StoredMessage<number> {
  return { name: 'a', box: 'b', n, id: `m${n}`, delivery: 'retry', message: n, bytes: 300, at: 0, handed: false }
}

/** A client whose queue takes a few messages, until they are acknowledged one by one. */
class SmallClient implements OutboxClient<number> {
  readonly status = { state: 'open', since: 0, resumed: false, epoch: 1, health: 'live', stable: true } as never
  readonly guarantees = { resume: false, confirmation: 'ack' } as never
  readonly taken: number[] = []
  readonly #queue: (() => void)[] = []

  on(): () => void {
    return () => {}
  }

  send(message: number): OutboxDeliveryOfClient {
    if (this.#queue.length >= OF_CLIENT) {
      const error = Object.assign(new Error('full'), { code: 'delivery/overflow' })
      return { state: 'rejected', error, whenSettled: (run) => run() }
    }
    this.taken.push(message)
    const delivery = { state: 'queued' as OutboxDeliveryOfClient['state'], error: undefined, run: () => {} }
    this.#queue.push(() => {
      delivery.state = 'acked'
      delivery.run()
    })
    return Object.assign(delivery, {
      whenSettled: (run: () => void) => {
        delivery.run = run
      },
    })
  }

  acknowledge(): void {
    this.#queue.shift()?.()
  }
}

it('messages behind the queue of a client that is smaller are not written anew each time it takes one', async () => {
  let written = 0
  const outbox = new DurableOutbox<number>(
    { name: 'a' },
    {
      store: {
        change: async ({ put = [] }: BoxChange<number>) => {
          written += put.length
        },
      } as never,
      owned: { box: 'b', release: () => {} } as never,
      messages: Array.from({ length: MESSAGES }, (_, at) => stored(at + 1)),
      checkpoint: undefined,
      notices: new Notices({}),
      announceClear: () => {},
      leave: () => {},
    },
  )
  const client = new SmallClient()
  outbox.attach(client)
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  await settle()
  for (let n = 0; n < MESSAGES; n += 1) {
    client.acknowledge()
    await settle()
  }
  expect(client.taken).toEqual(Array.from({ length: MESSAGES }, (_, at) => at + 1))
  expect(outbox.pending).toEqual([])
  // Each is noted once as handed over; of those that were tried too soon there are a few.
  expect(written).toBeLessThan(6 * MESSAGES)
})
