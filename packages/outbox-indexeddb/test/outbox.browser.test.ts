import type { Guarantees, Status } from '@holdfast/core'
import { HoldfastError } from '@holdfast/core'
import { VirtualClock } from '@holdfast/testkit'
import { afterEach, expect, it } from 'vitest'
import {
  type DurableOutbox,
  OUTBOX_DEFAULTS,
  type OutboxClient,
  type OutboxDeliveryOfClient,
  type OutboxOptions,
  openOutbox,
  type SettledMessage,
} from '../src/index.ts'

const opened: DurableOutbox<string>[] = []
const settled: SettledMessage<string>[] = []
const problems: Error[] = []
let names = 0

afterEach(async () => {
  for (const outbox of opened.splice(0)) {
    await outbox.clear().catch(() => {})
    await outbox.close()
  }
  settled.length = 0
  problems.length = 0
})

const newName = () => `unit ${++names} ${crypto.randomUUID()}`

async function open(name: string, options: Partial<OutboxOptions<string>> = {}): Promise<DurableOutbox<string>> {
  const outbox = await openOutbox<string>({
    name,
    onSettled: (one) => void settled.push(one),
    onProblem: (error) => void problems.push(error),
    ...options,
  })
  opened.push(outbox)
  return outbox
}

const OPEN: Status = { state: 'open', since: 0, resumed: true, epoch: 'e', health: 'live', stable: true }
const CLOSED: Status = { state: 'closed', outcome: { reason: 'user' } }
const EXACT: Guarantees = { confirmation: 'ack', liveness: 'probe', resume: true, flowControl: 'transport' }

/** A client that does what the test says. */
class Scripted implements OutboxClient<string> {
  status: Status = { state: 'idle' }
  guarantees: Guarantees = EXACT
  position: string | undefined
  /** What it is given from here on is rejected at once, as when it is full. */
  refuses: string | undefined
  readonly given: {
    readonly message: string
    readonly id: string
    end(state: 'acked' | 'inDoubt', code?: string): void
  }[] = []
  readonly #listeners = new Set<() => unknown>()

  on(_name: 'status', listener: () => unknown): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  becomes(status: Status): void {
    this.status = status
    for (const listener of [...this.#listeners]) listener()
  }

  send(message: string, { id }: { readonly id: string }): OutboxDeliveryOfClient {
    const delivery: {
      state: OutboxDeliveryOfClient['state']
      error: Error | undefined
      whenSettled(run: () => void): void
    } = { state: 'written', error: undefined, whenSettled: () => {} }
    let run = (): void => {}
    delivery.whenSettled = (given) => {
      run = given
      if (delivery.state === 'rejected') run()
    }
    if (this.refuses !== undefined) {
      delivery.state = 'rejected'
      delivery.error = new HoldfastError(this.refuses, 'No.')
      return delivery
    }
    const end = (state: 'acked' | 'inDoubt', code?: string): void => {
      delivery.state = state
      delivery.error = code === undefined ? undefined : new HoldfastError(code, 'Lost.')
      run()
    }
    this.given.push({ message, id, end })
    return delivery
  }

  get messages(): readonly string[] {
    return this.given.map(({ message }) => message)
  }
}

it('the outbox gives what was sent before the client was open in order, and what is sent then behind it', async () => {
  const outbox = await open(newName())
  const client = new Scripted()
  outbox.attach(client)
  await outbox.send('one')
  await outbox.send('two')
  expect(client.messages).toEqual([])
  client.becomes(OPEN)
  await Promise.all([outbox.send('three'), outbox.send('four')])
  await expect.poll(() => client.messages).toEqual(['one', 'two', 'three', 'four'])
})

it('the outbox keeps what a full client does not take, and all behind it, and gives it when something has left', async () => {
  const outbox = await open(newName())
  const client = new Scripted()
  outbox.attach(client)
  client.becomes(OPEN)
  await outbox.send('one')
  client.refuses = 'delivery/overflow'
  await outbox.send('two')
  await outbox.send('three')
  expect(outbox.pending.map(({ message }) => message)).toEqual(['one', 'two', 'three'])
  client.refuses = undefined
  client.given[0]?.end('acked')
  await expect.poll(() => client.messages).toEqual(['one', 'two', 'three'])
  expect(settled.map(({ message, outcome }) => `${message} ${outcome}`)).toEqual(['one acked'])
})

it.each([
  [true, ['one', 'one'], []],
  [false, ['one'], ['one inDoubt']],
])('a message of a closed client is recognised by the next link %s', async (resumed, given, told) => {
  const outbox = await open(newName())
  const client = new Scripted()
  outbox.attach(client)
  client.becomes(OPEN)
  await outbox.send('one')
  client.status = CLOSED
  client.given[0]?.end('inDoubt', 'delivery/in_doubt')
  client.becomes(CLOSED)
  expect(settled).toEqual([])
  client.becomes({ ...OPEN, resumed })
  await expect.poll(() => client.messages).toEqual(given)
  await expect.poll(() => settled.map(({ message, outcome }) => `${message} ${outcome}`)).toEqual(told)
  expect(new Set(client.given.map(({ id }) => id)).size).toBe(1)
})

it('a message in doubt is reported while the client lives, and not sent again', async () => {
  const outbox = await open(newName())
  const client = new Scripted()
  outbox.attach(client)
  client.becomes(OPEN)
  await outbox.send('one')
  client.given[0]?.end('inDoubt', 'delivery/in_doubt')
  expect(settled).toMatchObject([{ message: 'one', outcome: 'inDoubt', error: { code: 'delivery/in_doubt' } }])
  expect(outbox.pending).toEqual([])
})

it('the outbox goes on after a callback that throws, or rejects, and reports it', async () => {
  const outbox = await open(newName(), {
    onSettled: async () => {
      throw new Error('mine')
    },
  })
  const client = new Scripted()
  outbox.attach(client)
  client.becomes(OPEN)
  await outbox.send('one')
  client.given[0]?.end('acked')
  await expect.poll(() => problems.map(({ message }) => message)).toEqual(['mine'])
  await outbox.send('two')
  expect(client.messages).toEqual(['one', 'two'])
})

it('the outbox refuses what cannot be stored, options that make no sense, and everything once it is closed', async () => {
  const outbox: DurableOutbox<unknown> = await openOutbox<unknown>({ name: newName() })
  const circle: { self?: unknown } = {}
  circle.self = circle
  for (const message of [circle, undefined, () => 1])
    await expect(outbox.send(message)).rejects.toMatchObject({ code: 'outbox/not_storable' })
  await expect(outbox.send({ text: 'fits', run: () => 1 })).rejects.toMatchObject({ code: 'outbox/not_storable' })
  expect(outbox.bytes).toBe(0)
  await outbox.clear()
  await outbox.close()
  await expect(outbox.send('late')).rejects.toMatchObject({ code: 'outbox/closed' })
  await expect(openOutbox({ name: '' })).rejects.toMatchObject({ code: 'outbox/invalid_option' })
  await expect(openOutbox({ name: 'x', maxBytes: 0 })).rejects.toMatchObject({ code: 'outbox/invalid_option' })
  await expect(openOutbox({ name: 'x', locks: undefined })).rejects.toMatchObject({ code: 'outbox/unavailable' })
})

it('the durable outbox stores the position of a link before it writes to it, unless the page saves its own', async () => {
  const name = newName()
  const outbox = await open(name)
  const client = new Scripted()
  client.position = 'p1'
  outbox.attach(client)
  client.becomes(OPEN)
  await outbox.send('one')
  await outbox.close()
  const next = await open(name)
  expect(next.position).toBe('p1')
  next.attach(client)
  client.position = 'p2'
  await next.save({ seen: 1 })
  client.position = 'p3'
  await next.send('two')
  await next.close()
  const last = await open(name)
  expect(last.checkpoint).toMatchObject({ position: 'p2', state: { seen: 1 } })
  expect(last.pending.map(({ message, isEarlier }) => [message, isEarlier])).toEqual([
    ['one', true],
    ['two', true],
  ])
})

it('the outbox counts the state that is saved', async () => {
  const outbox = await open(newName(), { maxBytes: 1_000 })
  await outbox.save('x'.repeat(600))
  await expect(outbox.send('y'.repeat(300))).rejects.toMatchObject({ code: 'outbox/full' })
  await outbox.save('x'.repeat(100))
  await outbox.send('y'.repeat(300))
  await expect(outbox.save('x'.repeat(600))).rejects.toMatchObject({ code: 'outbox/full' })
  expect(outbox.checkpoint?.state).toBe('x'.repeat(100))
})

it('the outbox takes over what tabs left that do not come back, and not the box of a tab that is there', async () => {
  const name = newName()
  const tab = () => open(name, { sessionStorage: undefined })
  const [gone, crashed, there] = [await tab(), await tab(), await tab()]
  await gone.send('never given')
  const lost = new Scripted()
  crashed.attach(lost)
  lost.becomes(OPEN)
  await crashed.send('given')
  await crashed.send('again', { delivery: 'retry' })
  await there.send('its own')
  const outbox = await open(name, { sessionStorage: undefined, lookMs: 50 })
  const client = new Scripted()
  outbox.attach(client)
  client.becomes(OPEN)
  await outbox.send('first')
  await gone.close()
  await crashed.close()
  await expect.poll(() => [...client.messages].sort()).toEqual(['again', 'first', 'never given'])
  expect(settled.map(({ message, outcome, isEarlier }) => [message, outcome, isEarlier])).toEqual([
    ['given', 'inDoubt', true],
  ])
  expect(there.pending.map(({ message }) => message)).toEqual(['its own'])
})

it('the outbox leaves the box of a tab that is without its lock for a moment, and takes it when that stays away', async () => {
  const name = newName()
  const clock = new VirtualClock()
  const look = async (): Promise<void> => {
    await clock.advance(OUTBOX_DEFAULTS.lookMs)
    // The next one is armed when this one is done.
    await expect.poll(() => clock.pending).toBe(1)
  }
  let tab = await open(name)
  await tab.send('mine')
  const other = await open(name, { sessionStorage: undefined, clock })
  const client = new Scripted()
  other.attach(client)
  client.becomes(OPEN)
  for (const _reload of [1, 2, 3]) {
    await tab.close()
    await look()
    tab = await open(name)
    expect(tab.pending.map(({ message }) => message)).toEqual(['mine'])
    await look()
  }
  expect(client.messages).toEqual([])
  await tab.close()
  await look()
  await look()
  await expect.poll(() => client.messages).toEqual(['mine'])
})
