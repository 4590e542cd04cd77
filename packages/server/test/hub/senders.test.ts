import { memoryLog } from '@holdfast/log'
import { describe, expect, it } from 'vitest'
import { event, type HubFixture, type Json, type RawClient, startHub, until } from './support.ts'

const INSTANCE = 'abcdefgh'

interface Controller {
  readonly client: RawClient
  readonly offer: Json
  readonly position: string
}

/** A client of the second version; with a position it comes back. */
async function join(fixture: HubFixture, query: Record<string, string>, position?: string): Promise<Controller> {
  const after = position === undefined ? {} : { after: position }
  const client = fixture.client({
    sessionId: 's',
    resume: '1',
    v: '2',
    instance: INSTANCE,
    fresh: position === undefined ? '1' : '',
    ...query,
    ...after,
  })
  const { holdfast } = await client.type('init')
  const offer = asRecord(holdfast)
  return { client, offer, position: `${offer['epoch']}.${offer['seq']}.${offer['anchor'] ?? ''}` }
}

function command(n: number, done = 0): Json {
  return { type: 'command', id: `c${n}`, name: 'run', args: `${n}`, n, done }
}

function answer(client: RawClient, id: unknown, result: unknown): void {
  client.send({ id, actions: [{ action: 'RETURN', result }], mid: `a-${id}` })
}

function asRecord(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

async function gone({ client }: Controller, { hub }: HubFixture): Promise<void> {
  const { size } = hub
  client.drop()
  await until(() => hub.size === size - 1)
}

async function startLead(fixture: HubFixture): Promise<RawClient> {
  const lead = fixture.client({ role: 'lead', sessionId: 's', resume: '1' })
  await lead.type('init')
  return lead
}

/** Others say much: more than is remembered by ids. */
async function traffic(fixture: HubFixture, count: number): Promise<void> {
  const session = await fixture.hub.session('s')
  for (let i = 0; i < count; i++) await session.publish('agent_progress', { i }, { key: `k${i}` })
  session.close()
}

const SMALL = { maxKeys: 20, maxSessionKeys: 40, maxProducers: 20 }

describe('a client that numbers what it sends', () => {
  it('gets its limits and what is remembered of it', async () => {
    const fixture = await startHub()
    await startLead(fixture)
    const first = await join(fixture, { role: 'controller' })
    expect(first.offer).toMatchObject({ v: 2, sender: { known: false, highest: 0, answersFrom: 1 } })
    expect(first.offer['limits']).toEqual({ maxFrameBytes: 1_048_576, maxIdLength: 256, messagesPerSecond: 20_000 })
    first.client.send(command(1))
    first.client.send(command(4))
    await until(() => first.client.frames.flatMap(({ ids }) => ids ?? []).length === 2)
    await gone(first, fixture)
    const again = await join(fixture, { role: 'controller' }, first.position)
    expect(again.offer).toMatchObject({ resumed: true, sender: { known: true, highest: 4, answersFrom: 1 } })
    const other = await join(fixture, { role: 'controller', instance: 'another-one' }, first.position)
    expect(other.offer['sender']).toMatchObject({ known: false })
  })

  it('gets the first version of the offer where it did not ask for more', async () => {
    const fixture = await startHub()
    await startLead(fixture)
    const old = fixture.client({ role: 'controller', sessionId: 's', resume: '1' })
    const { holdfast } = await old.type('init')
    expect(Object.keys(asRecord(holdfast)).sort()).toEqual(['anchor', 'epoch', 'resumed', 'seq', 'v'])
    expect(holdfast).toMatchObject({ v: 1 })
    const observer = await join(fixture, { role: 'observer' })
    expect(observer.offer).toMatchObject({ v: 2 })
    expect(observer.offer).not.toHaveProperty('sender')
  })

  it('has a command carried out once, whatever others said between its loss and its return', async () => {
    const fixture = await startHub({ log: memoryLog({ limits: SMALL }) })
    const lead = await startLead(fixture)
    const first = await join(fixture, { role: 'controller' })
    first.client.send(command(1))
    const { id } = await lead.type('command')
    await gone(first, fixture)
    await traffic(fixture, 200)
    const again = await join(fixture, { role: 'controller' }, first.position)
    again.client.send(command(1))
    again.client.send(command(2))
    const second = await lead.type('command')
    expect(second).toMatchObject({ args: '2' })
    answer(lead, id, 'done')
    expect(await again.client.next(({ actions }) => actions !== undefined)).toMatchObject({ id: 'c1' })
    await until(() => again.client.frames.flatMap(({ ids }) => ids ?? []).length === 2)
    expect(lead.frames.filter(({ type }) => type === 'command')).toHaveLength(2)
    for (const told of [second, ...lead.frames]) for (const name of ['n', 'done']) expect(told).not.toHaveProperty(name)
  })

  it.each([1, 2])(
    'has what another process of the same driver says again once (its application gave the id: %s)',
    async (first) => {
      const fixture = await startHub()
      const driver = { role: 'lead', driverInstanceId: 'driver' }
      const said = (n: number, id: string): Json => ({
        ...event(id, 'agent_progress', { what: 'same' }),
        n,
        done: n - 1,
      })
      const before = await join(fixture, driver)
      const observer = fixture.client({ role: 'observer', sessionId: 's', resume: '1' })
      await observer.type('live')
      before.client.send(said(7, 'L-1'))
      await until(() => before.client.frames.flatMap(({ ids }) => ids ?? []).length === 1)
      await gone(before, fixture)
      const { client } = await join(fixture, { ...driver, instance: 'another-one' })
      for (const again of [first, first]) client.send(said(again, 'L-1'))
      client.send(said(first + 1, 'L-2'))
      client.send(said(first, 'L-1'))
      await until(() => client.frames.flatMap(({ ids }) => ids ?? []).length === 4)
      client.send({ ...said(first + 2, 'L-1'), data: { what: 'other' } })
      expect(await client.type('protocol_error')).toMatchObject({ code: 'id_reused', id: 'L-1' })
      await until(() => observer.frames.filter(({ type }) => type === 'broadcast').length === 2)
    },
  )

  it('gets the answer to what another process of it asked under the same id, and it is carried out once', async () => {
    const fixture = await startHub()
    const lead = await startLead(fixture)
    const controller = { role: 'controller', driverInstanceId: 'desk' }
    const before = await join(fixture, controller)
    before.client.send({ ...command(1), id: 'C-1' })
    const { id } = await lead.type('command')
    await gone(before, fixture)
    const { client } = await join(fixture, { ...controller, instance: 'another-one' })
    client.send({ ...command(1), id: 'C-1' })
    await until(() => client.frames.flatMap(({ ids }) => ids ?? []).length === 1)
    answer(lead, id, 'done')
    expect(await client.next(({ actions }) => actions !== undefined)).toMatchObject({ id: 'C-1' })
    expect(lead.frames.filter(({ type }) => type === 'command')).toHaveLength(1)
  })

  it('recognises a message whose mark of what is done has moved, and refuses another one under its number', async () => {
    const fixture = await startHub()
    const lead = await startLead(fixture)
    const { client } = await join(fixture, { role: 'controller' })
    client.send(command(3))
    client.send(command(3, 2))
    client.send({ ...command(3, 2), args: 'other' })
    expect(await client.type('protocol_error')).toMatchObject({ code: 'id_reused', id: 'c3' })
    client.send(command(4, 2))
    await lead.next(({ args }) => args === '4')
    expect(lead.frames.filter(({ type }) => type === 'command')).toHaveLength(2)
  })

  it('has a number that it passed over refused, and what comes behind it taken', async () => {
    const fixture = await startHub()
    const lead = await startLead(fixture)
    const { client } = await join(fixture, { role: 'controller' })
    for (const message of [command(1), command(3), command(2), command(4)]) client.send(message)
    expect(await client.type('protocol_error')).toMatchObject({ code: 'invalid_message', id: 'c2' })
    expect(await lead.next(({ args }) => args === '4')).toMatchObject({ type: 'command' })
    expect(lead.frames.filter(({ type }) => type === 'command').map(({ args }) => args)).toEqual(['1', '3', '4'])
  })

  it('gets the answer that it missed, also where the log has let go of it', async () => {
    const limits = { snapshotEvents: 20, retainEvents: 10, ringEvents: 5 }
    const fixture = await startHub({ log: memoryLog({ limits: SMALL }), limits })
    const lead = await startLead(fixture)
    const first = await join(fixture, { role: 'controller' })
    first.client.send(command(1))
    const { id } = await lead.type('command')
    await gone(first, fixture)
    answer(lead, id, 'kept')
    await lead.type('acked')
    await traffic(fixture, 100)
    await until(() => fixture.hub.size === 1)
    const again = await join(fixture, { role: 'controller' }, first.position)
    again.client.send(command(1))
    const told = await again.client.next(({ actions }) => actions !== undefined)
    expect(told).toEqual({ id: 'c1', actions: [{ action: 'RETURN', result: 'kept' }] })
    expect(lead.frames.filter(({ type }) => type === 'command')).toHaveLength(1)
  })

  it('learns from where on answers are kept', async () => {
    const limits = { maxSenderAnswers: 1, snapshotEvents: 20, retainEvents: 10, ringEvents: 5 }
    const fixture = await startHub({ limits })
    const lead = await startLead(fixture)
    const first = await join(fixture, { role: 'controller' })
    for (const n of [1, 2, 3]) first.client.send(command(n))
    await gone(first, fixture)
    for (const n of [1, 2]) answer(lead, (await lead.next(({ args }) => args === `${n}`))['id'], n)
    await until(() => lead.frames.flatMap(({ ids }) => ids ?? []).length === 2)
    // As long as the log has all since its position, they come with the stream.
    const soon = await join(fixture, { role: 'controller' }, first.position)
    expect(soon.offer['sender']).toEqual({ known: true, highest: 3, answersFrom: 1 })
    for (const id of ['c1', 'c2']) await soon.client.next((told) => told['id'] === id && 'actions' in told)
    await gone(soon, fixture)
    await traffic(fixture, 100)
    await until(() => fixture.hub.size === 1)
    const again = await join(fixture, { role: 'controller' }, first.position)
    expect(again.offer['sender']).toEqual({ known: true, highest: 3, answersFrom: 2 })
  })

  it('learns where nothing is remembered of it', async () => {
    const fixture = await startHub({ log: memoryLog({ limits: { maxSenders: 2 } }) })
    await startLead(fixture)
    const first = await join(fixture, { role: 'controller' })
    first.client.send(command(1))
    await first.client.type('acked')
    await gone(first, fixture)
    for (const instance of ['someone-1', 'someone-2']) await join(fixture, { role: 'controller', instance })
    // However often it comes: the first time may not have reached it.
    for (let time = 0; time < 2; time++) {
      const again = await join(fixture, { role: 'controller' }, first.position)
      expect(again.offer).toMatchObject({ resumed: true, sender: { known: false, highest: 0 } })
      await gone(again, fixture)
    }
  })
})

describe('a lead that starts without a position', () => {
  it('learns what the one before it was asked and had not answered', async () => {
    const fixture = await startHub()
    const before = fixture.client({ role: 'lead', sessionId: 's', resume: '1', driverInstanceId: 'd' })
    await before.type('init')
    const controller = await join(fixture, { role: 'controller' })
    for (const n of [1, 2, 3]) controller.client.send(command(n))
    for (const n of [1, 2, 3]) expect(await before.type('command')).toMatchObject({ args: `${n}` })
    answer(before, 'c2', 'two')
    await controller.client.next(({ id, actions }) => id === 'c2' && actions !== undefined)
    before.drop()
    await until(() => fixture.hub.size === 1)
    const next = fixture.client({ role: 'lead', sessionId: 's', resume: '1', driverInstanceId: 'd' })
    await next.type('init')
    for (const n of [1, 3]) {
      const told = await next.type('command')
      expect(told).toMatchObject({ args: `${n}`, again: expect.any(Number) })
      answer(next, told['id'], n)
      await controller.client.next(({ id, actions }) => id === `c${n}` && actions !== undefined)
    }
    await next.next(({ ids }) => Array.isArray(ids) && ids.includes('a-c3'))
    expect(next.frames.filter(({ type }) => type === 'command')).toHaveLength(2)
  })

  it('is not asked again what is not waited for any more', async () => {
    const fixture = await startHub()
    const before = await startLead(fixture)
    const session = await fixture.hub.session('s')
    const end = new AbortController()
    const asked = session.ask({ type: 'command', name: 'run', args: '' }, { signal: end.signal })
    await before.type('command')
    end.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
    before.drop()
    await until(() => fixture.hub.size === 0)
    const next = await startLead(fixture)
    next.send(event('e1'))
    await next.next(({ id }) => id === 'e1')
    expect(next.frames.filter(({ type }) => type === 'command')).toEqual([])
    session.close()
  })
})

describe('a client without a credential', () => {
  const authenticate = ({ bearer }: { bearer?: string | undefined }) =>
    bearer === 'good' ? { id: 'p', scopes: new Set(['lead', 'control', 'observe']) } : undefined

  it('that says so is refused at once', async () => {
    const { client } = await startHub({ authenticate, limits: { firstFrameMs: 3_600_000 } })
    const { closed } = client({ role: 'observer', sessionId: 's', auth: 'none' })
    expect(await closed).toEqual({ code: 4401, reason: expect.stringContaining('No credential came') })
  })

  it('that says nothing is refused when its first frame is due', async () => {
    const { client } = await startHub({ authenticate, limits: { firstFrameMs: 20 } })
    const { closed } = client({ role: 'observer', sessionId: 's' })
    expect(await closed).toEqual({ code: 4401, reason: expect.stringContaining('No credential came') })
  })
})

describe('two pages of one person with one position, as a duplicated tab has it', () => {
  it('are two clients: each gets the answers to what it asked, and one that is here for the first time those of its predecessor', async () => {
    const fixture = await startHub()
    const lead = await startLead(fixture)
    const first = await join(fixture, { role: 'controller' })
    const copy = await join(fixture, { role: 'controller', instance: 'the-copy-of-it' }, first.position)
    const ask = async ({ client }: Controller, id: string): Promise<void> => {
      client.send({ ...command(1), id })
      const { id: wireId } = await lead.type('command')
      answer(lead, wireId, id)
    }
    await ask(first, 'of-the-first')
    await ask(copy, 'of-the-copy')
    expect(await first.client.next(({ actions }) => actions !== undefined)).toMatchObject({ id: 'of-the-first' })
    expect(await copy.client.next(({ actions }) => actions !== undefined)).toMatchObject({ id: 'of-the-copy' })
    await until(() => [first, copy].every(({ client }) => client.frames.some(({ ids }) => ids !== undefined)))
    const answered = ({ client }: Controller) => client.frames.filter(({ actions }) => actions).map(({ id }) => id)
    expect([answered(first), answered(copy)]).toEqual([['of-the-first'], ['of-the-copy']])

    await gone(first, fixture)
    await gone(copy, fixture)
    const reloaded = await join(fixture, { role: 'controller', instance: 'after-a-reload' }, first.position)
    expect(await reloaded.client.next(({ actions }) => actions !== undefined)).toMatchObject({ id: 'of-the-first' })
  })

  it('are two to the driver: what it answers to one does not come to the other', async () => {
    const fixture = await startHub()
    const driver = fixture.client({
      role: 'lead',
      sessionId: 's',
      resume: '1',
      driverMode: 'rpc',
      driverInstanceId: 'd',
    })
    await driver.type('init')
    const first = await join(fixture, { role: 'controller' })
    const copy = await join(fixture, { role: 'controller', instance: 'the-copy-of-it' }, first.position)
    copy.client.send({ type: 'rpc_command', command: { id: 'r1', type: 'abort' }, mid: 'm1', n: 1, done: 0 })
    await driver.type('rpc_command')
    driver.send({ type: 'rpc_response', response: { id: 'r1', type: 'response', success: true }, mid: 'm2' })
    expect(await copy.client.type('rpc_response')).toMatchObject({ response: { id: 'r1' } })
    driver.send({ type: 'rpc_event', event: { type: 'over' }, timestamp: 1, mid: 'm3' })
    await first.client.type('rpc_event')
    expect(first.client.frames.some(({ type }) => type === 'rpc_response')).toBe(false)
  })
})
