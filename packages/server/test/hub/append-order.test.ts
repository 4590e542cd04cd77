import { setImmediate as turn } from 'node:timers/promises'
import { type Append, type AppendAnswer, memoryLog, type SessionLog } from '@holdfast/log'
import { seededRandom } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { event, type HubFixture, type Json, type RawClient, startHub } from './support.ts'

type Fault = 'none' | 'refused' | 'acknowledgement lost' | 'broken'

/** A slow log in memory, some of whose appends fail: before they are stored, or after. */
function faultyLog(next: () => Fault): SessionLog & { readonly faults: Map<Fault, number> } {
  const log = memoryLog()
  const faults = new Map<Fault, number>()
  const appendAll = log.appendAll.bind(log)
  return Object.assign(log, {
    faults,
    async appendAll(session: string, appends: readonly Append[]): Promise<readonly AppendAnswer[]> {
      const fault = next()
      faults.set(fault, (faults.get(fault) ?? 0) + 1)
      for (let turns = 0; turns < 3; turns++) await turn()
      const answers = fault === 'refused' ? [] : await appendAll(session, appends)
      for (let turns = 0; turns < 3; turns++) await turn()
      if (fault === 'broken') throw new Error('the disk is gone')
      return fault === 'none' ? answers : appends.map(() => ({ outcome: 'unavailable', retryAfterMs: 1 }))
    },
  })
}

/** Sends what was not acknowledged, in order, with the same ids, on one connection after the other. */
class Sender {
  readonly #fixture: HubFixture
  readonly #query: Readonly<Record<string, string>>
  readonly #message: (at: number) => Json
  readonly acked = new Set<string>()
  connections = 0
  #after: string | undefined

  constructor(fixture: HubFixture, query: Readonly<Record<string, string>>, message: (at: number) => Json) {
    this.#fixture = fixture
    this.#query = query
    this.#message = message
  }

  async connect(): Promise<RawClient> {
    for (;;) {
      this.connections++
      const after = this.#after === undefined ? {} : { after: this.#after }
      const client = this.#fixture.client({ ...this.#query, resume: '1', ...after })
      try {
        const { epoch, seq, anchor = '' }: Json = Object((await client.type('init'))['holdfast'])
        this.#after ??= `${epoch}.${seq}.${anchor}`
        return client
      } catch {
        // The log did not take the lead: again.
      }
    }
  }

  /** A few at a time, so that some are still on their way when one before them fails. */
  async sendAll(total: number): Promise<void> {
    const waiting = Array.from({ length: total }, (_, at) => this.#message(at))
    while (waiting.length > 0) {
      const client = await this.connect()
      await this.#sendOn(client, waiting).catch(() => {})
    }
  }

  async #sendOn(client: RawClient, waiting: Json[]): Promise<void> {
    let sent = 0
    while (waiting.length > 0) {
      for (let burst = 0; burst < 3 && sent < waiting.length && sent < 40; burst++) client.send(waiting[sent++])
      await turn()
      if (sent < waiting.length && sent < 40) continue
      const { ids } = await client.type('acked')
      for (const id of Array.isArray(ids) ? ids : []) {
        expect(waiting.shift()?.['id']).toBe(id)
        this.acked.add(id)
        sent--
      }
    }
  }
}

it.each([1, 2, 3])('the hub keeps order and once-ness when appends fail between others (seed %i)', async (seed) => {
  const random = seededRandom(seed)
  const kinds: readonly Fault[] = ['refused', 'acknowledgement lost', 'broken']
  let failed = 0
  let until = 3
  const log = faultyLog(() => {
    if (until-- > 0) return 'none'
    until = Math.floor(random() * 6)
    return kinds[failed++ % kinds.length] ?? 'none'
  })
  const fixture = await startHub({ log })
  const total = 400
  const lead = new Sender(fixture, { role: 'lead', sessionId: 's', driverInstanceId: 'd' }, (at) =>
    event(`e${at}`, 'agent_progress', { at }),
  )
  const first = await lead.connect()
  const controller = new Sender(fixture, { role: 'controller', sessionId: 's' }, (at) => ({
    type: 'command',
    id: `r${at}`,
    name: 'n',
    args: `${at}`,
  }))
  first.drop()
  await Promise.all([lead.sendAll(total), controller.sendAll(total)])
  const order: Record<string, unknown[]> = { agent_progress: [], 'hub.request': [] }
  for (let after = 0; ; ) {
    const { events, last } = await log.read('s', { after })
    for (const { kind, payload } of events) {
      const { data, id }: Json = Object(payload)
      order[kind]?.push(kind === 'hub.request' ? id : Object(data).at)
    }
    after = events.at(-1)?.n ?? last
    if (after >= last) break
  }
  const numbers = Array.from({ length: total }, (_, at) => at)
  expect(order['agent_progress']).toEqual(numbers)
  expect(order['hub.request']).toEqual(numbers.map((at) => `r${at}`))
  expect([lead.acked.size, controller.acked.size]).toEqual([total, total])
  for (const kind of kinds) expect(log.faults.get(kind)).toBeGreaterThan(0)
  expect(lead.connections + controller.connections).toBeGreaterThan(6)
})

it('the hub writes nothing of a client behind what a full log refused, and goes on with what others send', async () => {
  const log = memoryLog({ limits: { maxSessionBytes: 5_000 } })
  const { client } = await startHub({ log, limits: { retainBytes: 1_000_000 } })
  const lead = client({ role: 'lead', sessionId: 's', resume: '1' })
  await lead.type('init')
  const controller = client({ role: 'controller', sessionId: 's', resume: '1' })
  await controller.type('init')
  lead.send(event('large', 'agent_progress', { text: 'x'.repeat(6_000) }))
  for (let at = 0; at < 5; at++) lead.send(event(`small${at}`))
  expect((await lead.closed).code).toBe(4408)
  controller.send({ type: 'command', id: 'r', name: 'n', args: '' })
  expect(await controller.type('acked')).toMatchObject({ ids: ['r'] })
  const { events } = await log.read('s', { after: 0 })
  expect(events.map(({ kind }) => kind)).toEqual(['hub.lead', 'hub.request'])
})

it('a malformed id is answered to its sender, and no other participant notices', async () => {
  const { client } = await startHub()
  const lead = client({ role: 'lead', sessionId: 's', resume: '1' })
  await lead.type('init')
  for (const id of ['a', 'b\0', 'c']) lead.send(event(id))
  expect(await lead.type('protocol_error')).toMatchObject({ code: 'invalid_message', id: 'b\0' })
  const acked: unknown[] = lead.frames.flatMap(({ ids }) => (Array.isArray(ids) ? ids : []))
  while (acked.length < 2) acked.push(...[(await lead.type('acked'))['ids']].flat())
  expect(acked).toEqual(['a', 'c'])
})
