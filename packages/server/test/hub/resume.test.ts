import { seededRandom, VirtualClock } from '@holdfast/testkit'
import { describe, expect, it, vi } from 'vitest'
import { event, type HubFixture, type Json, type RawClient, startHub, until } from './support.ts'

/** What a resuming client must do and no more: keep a position, check numbers, take nothing twice. */
class Follower {
  readonly got: string[] = []
  readonly holes: string[] = []
  position: string | undefined
  client: RawClient | undefined
  #epoch = ''
  #seq = 0
  #seen = 0

  readonly fixture: HubFixture
  readonly query: Readonly<Record<string, string>>

  constructor(fixture: HubFixture, query: Readonly<Record<string, string>>) {
    this.fixture = fixture
    this.query = query
  }

  connect(): RawClient {
    const after = this.position === undefined ? {} : { after: this.position }
    this.client = this.fixture.client({ ...this.query, resume: '1', ...after })
    this.#seen = 0
    return this.client
  }

  /** Takes in what has come on this connection. */
  read(): void {
    const frames = this.client?.frames ?? []
    for (; this.#seen < frames.length; this.#seen++) {
      const frame = frames[this.#seen]
      if (frame !== undefined) this.#take(frame)
    }
  }

  drop(): void {
    this.client?.drop()
    this.read()
  }

  #take(frame: Json): void {
    const { type, seq, prev, anchor } = frame
    if (type === 'init') {
      const offer: unknown = frame['holdfast']
      const { epoch, seq: at } = asRecord(offer)
      if (this.position === undefined) this.#move(String(epoch), Number(at), String(asRecord(offer)['anchor'] ?? ''))
      else if (asRecord(offer)['resumed'] !== true) this.holes.push('reset')
      return
    }
    if (type === 'gap') this.holes.push('gap')
    if (typeof seq !== 'number' || type === 'live' || type === 'session_hydration') return
    if (type !== 'mark') {
      if (seq <= this.#seq) this.holes.push(`twice ${seq}`)
      if (Number(prev ?? seq - 1) > this.#seq) this.holes.push(`before ${seq}`)
      this.got.push(String(asRecord(frame['data'])['i'] ?? frame['id']))
    }
    this.#move(this.#epoch, seq, String(anchor ?? ''))
  }

  #move(epoch: string, seq: number, anchor: string): void {
    this.#epoch = epoch
    this.#seq = seq
    this.position = `${epoch}.${seq}.${anchor}`
  }
}

function asRecord(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

describe('a position', () => {
  it('is valid from the first moment, with zero events too', async () => {
    const { client, hub } = await startHub()
    using session = await hub.createSession('s')
    const first = client({ role: 'observer', sessionId: 's', resume: '1' })
    const { holdfast } = await first.type('init')
    expect(holdfast).toMatchObject({ v: 1, seq: 0, resumed: false })
    expect(await first.type('session_hydration')).toMatchObject({ seq: 0 })
    expect(await first.type('live')).toMatchObject({ seq: 0 })
    first.drop()
    await session.publish('task_start', { i: 1 })
    const { epoch, anchor } = asRecord(holdfast)
    const again = client({ role: 'observer', sessionId: 's', resume: '1', after: `${epoch}.0.${anchor ?? ''}` })
    expect((await again.type('init'))['holdfast']).toMatchObject({ resumed: true, seq: 0 })
    expect(await again.type('broadcast')).toMatchObject({ data: { i: 1 }, seq: 1 })
    expect(await again.type('live')).toMatchObject({ seq: 1 })
    expect(again.frames.some(({ type }) => type === 'session_hydration')).toBe(false)
  })

  it.each([
    ['of another life of the session', 'other.1.00000000', 'epoch'],
    ['that is none', 'nonsense', 'unknown'],
  ])('%s is answered with a reset and the state', async (_name, after, reason) => {
    const { client, hub } = await startHub()
    using session = await hub.createSession('s')
    await session.publish('user_prompt', { content: 'hello' })
    const observer = client({ role: 'observer', sessionId: 's', resume: '1', after })
    expect((await observer.type('init'))['holdfast']).toMatchObject({ resumed: false, seq: 1, reset: { reason } })
    expect(await observer.type('session_hydration')).toMatchObject({ seq: 1, entries: [{ content: 'hello' }] })
  })

  it.each([
    ['ahead of the log', (position: string) => position.replace(/\.1\./, '.9.')],
    ['whose event is another one', (position: string) => position.replace(/[0-9a-f]{8}$/, 'ffffffff')],
  ])('%s is a rollback', async (_name, change) => {
    const { client, hub } = await startHub()
    using session = await hub.createSession('s')
    await session.publish('user_prompt', { content: 'hello' })
    const observer = client({ role: 'observer', sessionId: 's', resume: '1', after: change(session.position) })
    expect((await observer.type('init'))['holdfast']).toMatchObject({ resumed: false, reset: { reason: 'rollback' } })
  })

  it('that retention has overtaken gets a gap in its place, and the state after it', async () => {
    const { client, hub, log } = await startHub()
    using session = await hub.createSession('s')
    await session.publish('user_prompt', { content: 'one' })
    const after = session.position
    for (const content of ['two', 'three', 'four']) await session.publish('user_prompt', { content })
    await log.putSnapshot('s', 3, null)
    await log.trim('s', { maxEvents: 1 })
    const filler = Array.from({ length: 2000 }, (_, i) => session.publish('agent_progress', { i }))
    await Promise.all(filler)
    const observer = client({ role: 'observer', sessionId: 's', resume: '1', after })
    expect((await observer.type('init'))['holdfast']).toMatchObject({ resumed: true, seq: 1 })
    expect(await observer.type('gap')).toEqual({ type: 'gap', from: 2, to: 2, reason: 'retention' })
    const hydration = await observer.type('session_hydration')
    expect(hydration).toMatchObject({ seq: session.head })
    expect(hydration['entries']).toMatchObject(['one', 'two', 'three', 'four'].map((content) => ({ content })))
    expect(await observer.type('live')).toMatchObject({ seq: session.head })
  })
})

it('the resume extension of the hub is never seen by a client that does not ask', async () => {
  const { client } = await startHub({ limits: { markEvents: 1 } })
  const lead = client({ role: 'lead', sessionId: 's' })
  expect(await lead.type('init')).not.toHaveProperty('holdfast')
  const observer = client({ role: 'observer', sessionId: 's', subscribe: 'task' })
  expect(await observer.type('init')).not.toHaveProperty('holdfast')
  for (let i = 0; i < 5; i++) lead.send(event(`e${i}`, i % 2 === 0 ? 'task_start' : 'agent_end', { taskId: 't' }))
  await lead.next((frame) => frame['id'] === 'e4')
  observer.send({ type: 'ping', timestamp: 1 })
  await observer.type('pong')
  const broadcasts = observer.frames.filter(({ type }) => type === 'broadcast')
  expect(broadcasts.map(({ event: name }) => name)).toEqual(['task_start', 'task_start', 'task_start'])
  for (const frame of [...lead.frames, ...observer.frames]) {
    expect(['live', 'mark', 'acked', 'gap']).not.toContain(frame['type'])
    expect(frame).not.toHaveProperty('prev')
    expect(frame).not.toHaveProperty('anchor')
  }
})

it('the resume extension of the hub sends the head to a filtered client after so many events that it was not sent', async () => {
  const { client, hub } = await startHub({ limits: { markEvents: 10 } })
  using session = await hub.createSession('s')
  const observer = client({ role: 'observer', sessionId: 's', subscribe: 'task_*', resume: '1' })
  await observer.type('live')
  await session.publish('task_start', { i: 1 })
  expect(await observer.type('broadcast')).toMatchObject({ seq: 1, prev: 0 })
  for (let i = 0; i < 25; i++) await session.publish('agent_progress', { i })
  expect(await observer.type('mark')).toMatchObject({ seq: 11, prev: 1 })
  expect(await observer.type('mark')).toMatchObject({ seq: 21, prev: 1 })
  await session.publish('task_end', {})
  expect(await observer.type('broadcast')).toMatchObject({ seq: 27, prev: 1 })
})

it('the resume extension of the hub sends the head to a filtered client every so often, where something was skipped', async () => {
  const clock = new VirtualClock()
  const { client, hub } = await startHub({ clock, limits: { markIntervalMs: 10_000 } })
  using session = await hub.createSession('s')
  const observer = client({ role: 'observer', sessionId: 's', subscribe: 'task_*', resume: '1' })
  await observer.type('live')
  const marks = async (): Promise<readonly unknown[]> => {
    // What was sent before the answer has come with it.
    observer.send({ type: 'ping', timestamp: 1 })
    await observer.type('pong')
    return observer.frames.filter(({ type }) => type === 'mark').map(({ seq }) => seq)
  }
  for (let i = 0; i < 3; i++) await session.publish('agent_progress', { i })
  await clock.advance(9_999)
  expect(await marks()).toEqual([])
  await clock.advance(1)
  expect(await marks()).toEqual([3])
  await clock.advance(10_000)
  expect(await marks()).toEqual([3])
  await session.publish('agent_progress', {})
  await clock.advance(10_000)
  expect(await marks()).toEqual([3, 4])
})

describe('a subscription that changes on an open socket', () => {
  it('lets other events through from there on, each naming the one that was sent before it', async () => {
    const { client, hub } = await startHub()
    using session = await hub.createSession('s')
    const observer = client({ role: 'observer', sessionId: 's', subscribe: 'task', resume: '1' })
    await observer.type('live')
    await session.publish('task_start', { i: 1 })
    await session.publish('agent_progress', { i: 2 })
    expect(await observer.type('broadcast')).toMatchObject({ seq: 1, prev: 0, data: { i: 1 } })
    await change(observer, ['agent_*', 'turn_end'])
    await session.publish('task_start', { i: 3 })
    await session.publish('agent_progress', { i: 4 })
    await session.publish('turn_end', { i: 5 })
    expect(await observer.type('broadcast')).toMatchObject({ seq: 4, prev: 1, data: { i: 4 } })
    expect(await observer.type('broadcast')).toMatchObject({ seq: 5, prev: 4, data: { i: 5 } })
    await change(observer, ['*'])
    await session.publish('message_end', { i: 6 })
    expect(await observer.type('broadcast')).toMatchObject({ seq: 6, data: { i: 6 } })
    expect(observer.frames.filter(({ type }) => type === 'broadcast')).toHaveLength(4)
  })

  it('is for one client alone, and for controllers too', async () => {
    const { client, hub } = await startHub()
    using session = await hub.createSession('s')
    const [changed, other] = ['controller', 'observer'].map((role) =>
      client({ role, sessionId: 's', subscribe: 'task' }),
    )
    if (changed === undefined || other === undefined) throw new Error('two clients')
    for (const one of [changed, other]) await one.type('init')
    await change(changed, ['agent'])
    await session.publish('task_start', {})
    await session.publish('agent_progress', {})
    expect(await changed.type('broadcast')).toMatchObject({ event: 'agent_progress' })
    expect(await other.type('broadcast')).toMatchObject({ event: 'task_start' })
  })

  /** The pong says that the change before it was taken in. */
  async function change(observer: RawClient, patterns: readonly string[]): Promise<void> {
    observer.send({ type: 'subscribe', patterns })
    observer.send({ type: 'ping', timestamp: 1 })
    await observer.type('pong')
  }
})

it('the resume extension of the hub gives every observer each event once and in order, across drops, with and without filters', async () => {
  const fixture = await startHub({ limits: { ringEvents: 50, markEvents: 20 } })
  const random = seededRandom(7)
  const lead = fixture.client({ role: 'lead', sessionId: 's', resume: '1' })
  await lead.type('init')
  const followers = ['', 'task', 'agent_*,task_start', '*'].map(
    (subscribe) => new Follower(fixture, { role: 'observer', sessionId: 's', ...(subscribe && { subscribe }) }),
  )
  for (const follower of followers) await follower.connect().type('live')
  const names = ['task_start', 'agent_progress', 'turn_end', 'task_complete', 'message_end']
  const sent: { name: string; i: number }[] = []
  for (let i = 0; i < 3000; i++) {
    const name = names[Math.floor(random() * names.length)] ?? ''
    sent.push({ name, i })
    lead.send(event(`e${i}`, name, { i }))
    const follower = followers[Math.floor(random() * followers.length)]
    if (i % 25 === 0 && follower !== undefined) {
      follower.drop()
      await follower.connect().type('init')
    }
  }
  await lead.next((frame) => frame['id'] === 'e2999')
  using session = await fixture.hub.session('s')
  const passes = [
    () => true,
    (name: string) => name.startsWith('task'),
    (name: string) => name.startsWith('agent_') || name === 'task_start',
    () => true,
  ]
  for (const [at, follower] of followers.entries()) {
    const wanted = sent.filter(({ name }) => passes[at]?.(name)).map(({ i }) => String(i))
    await until(() => {
      follower.read()
      return follower.got.length >= wanted.length
    })
    expect(follower.got).toEqual(wanted)
    expect(follower.holes).toEqual([])
  }
  expect(session.head).toBe(3001)
})

describe('messages of a resuming client', () => {
  it('have one effect however often they are sent, and are acknowledged each time', async () => {
    const { client, log, hub } = await startHub()
    const first = client({ role: 'lead', sessionId: 's', resume: '1' })
    const { holdfast } = await first.type('init')
    first.send(event('e1', 'task_start', { i: 1 }))
    expect(await first.type('acked')).toEqual({ type: 'acked', ids: ['e1'] })
    first.send({ type: 'session_entry', path: 'p', line: 'x', mid: 'm1' })
    expect(await first.type('acked')).toEqual({ type: 'acked', ids: ['m1'] })
    first.drop()
    await until(() => hub.size === 0)
    const { epoch, seq, anchor } = asRecord(holdfast)
    const again = client({ role: 'lead', sessionId: 's', resume: '1', after: `${epoch}.${seq}.${anchor ?? ''}` })
    expect((await again.type('init'))['holdfast']).toMatchObject({ resumed: true, epoch })
    again.send(event('e1', 'task_start', { i: 1 }))
    again.send({ type: 'session_entry', path: 'p', line: 'x', mid: 'm1' })
    again.send(event('e2', 'task_start', { i: 2 }))
    expect(await again.next((frame) => frame['id'] === 'e1')).toMatchObject({ actions: [{ action: 'ACK' }] })
    await until(() => again.frames.flatMap(({ ids }) => ids ?? []).length === 3)
    expect(again.frames.flatMap(({ ids }) => ids ?? [])).toEqual(['e1', 'm1', 'e2'])
    const { events } = await log.read('s', { after: 0 })
    expect(events.map(({ kind }) => kind)).toEqual(['hub.lead', 'task_start', 'hub.file', 'hub.lead', 'task_start'])
  })

  it('cost few looks into the log where all of them are sent again', async () => {
    const { client, log, hub } = await startHub()
    const first = client({ role: 'lead', sessionId: 's', resume: '1' })
    const { holdfast } = await first.type('init')
    const messages = Array.from({ length: 500 }, (_, i) => event(`e${i}`, 'task_start', { i }))
    const acknowledged = ({ frames }: RawClient): number => frames.flatMap(({ ids }) => ids ?? []).length
    for (const message of messages) first.send(message)
    await until(() => acknowledged(first) === messages.length)
    first.drop()
    await until(() => hub.size === 0)
    const { epoch, seq, anchor } = asRecord(holdfast)
    const again = client({ role: 'lead', sessionId: 's', resume: '1', after: `${epoch}.${seq}.${anchor ?? ''}` })
    await again.type('init')
    const reads = vi.spyOn(log, 'read')
    for (const message of messages) again.send(message)
    await until(() => acknowledged(again) === messages.length)
    expect(reads.mock.calls.length).toBeLessThan(10)
  })

  it('may not use an id for something else', async () => {
    const { client } = await startHub()
    const lead = client({ role: 'lead', sessionId: 's', resume: '1' })
    await lead.type('init')
    lead.send(event('e1', 'task_start', { i: 1 }))
    lead.send(event('e1', 'task_start', { i: 2 }))
    expect(await lead.type('protocol_error')).toMatchObject({ code: 'id_reused', id: 'e1' })
  })

  it('with the same id of two clients are two messages', async () => {
    const { client } = await startHub()
    const lead = client({ role: 'lead', sessionId: 's', resume: '1' })
    await lead.type('init')
    for (const args of ['a', 'b']) {
      const controller = client({ role: 'controller', sessionId: 's', resume: '1' })
      await controller.type('init')
      controller.send({ type: 'command', id: '1', name: 'n', args })
      expect(await lead.type('command')).toMatchObject({ args })
    }
  })

  it('reach the lead once, and the answer reaches the asker once, across drops of both', async () => {
    const fixture = await startHub()
    const random = seededRandom(3)
    const lead = new Follower(fixture, { role: 'lead', sessionId: 's' })
    await lead.connect().type('init')
    lead.read()
    const controller = new Follower(fixture, { role: 'controller', sessionId: 's' })
    await controller.connect().type('init')
    controller.read()
    const total = 300
    let sent = 0
    const acked = new Set<unknown>()
    let answered = 0
    const ackedOn = (client: RawClient | undefined): void => {
      for (const { ids } of client?.frames ?? []) for (const id of Array.isArray(ids) ? ids : []) acked.add(id)
    }
    const command = (id: number): Json => ({ type: 'command', id: `r${id}`, name: 'n', args: '' })
    const answer = (id: string): Json => ({ id, actions: [{ action: 'RETURN', result: id }], mid: `a-${id}` })
    while (controller.got.length < total) {
      if (random() < 0.05) {
        ackedOn(controller.client)
        controller.drop()
        await controller.connect().type('init')
        for (let id = 0; id < sent; id++) if (!acked.has(`r${id}`)) controller.client?.send(command(id))
      }
      if (random() < 0.05) {
        ackedOn(lead.client)
        lead.drop()
        await lead.connect().type('init')
        for (const id of lead.got.slice(0, answered)) if (!acked.has(`a-${id}`)) lead.client?.send(answer(id))
      }
      if (sent < total) controller.client?.send(command(sent++))
      lead.read()
      controller.read()
      while (answered < lead.got.length) lead.client?.send(answer(lead.got[answered++] ?? ''))
      await new Promise((resolve) => setImmediate(resolve))
    }
    const all = Array.from({ length: total }, (_, id) => `r${id}`)
    expect(lead.got).toEqual(all)
    expect([...controller.got].sort()).toEqual([...all].sort())
    expect([...lead.holes, ...controller.holes]).toEqual([])
  })

  it('are acknowledged again where they are answers that have been taken', async () => {
    const { client } = await startHub()
    const lead = client({ role: 'lead', sessionId: 's', resume: '1' })
    await lead.type('init')
    const controller = client({ role: 'controller', sessionId: 's', resume: '1' })
    await controller.type('init')
    controller.send({ type: 'command', id: 'c1', name: 'n', args: '' })
    await lead.type('command')
    const answer = { id: 'c1', actions: [{ action: 'ACK' }], mid: 'm1' }
    lead.send(answer)
    await controller.next((frame) => frame['id'] === 'c1')
    lead.send(answer)
    for (let time = 0; time < 2; time++) expect(await lead.type('acked')).toEqual({ type: 'acked', ids: ['m1'] })
    lead.send({ ...answer, mid: 'm2' })
    expect(await lead.type('protocol_error')).toMatchObject({ code: 'id_reused' })
    controller.send({ type: 'ping', timestamp: 1 })
    await controller.type('pong')
    expect(controller.frames.filter(({ actions }) => actions !== undefined)).toHaveLength(1)
  })

  it('are answered from the stored answer, and the hook is not asked again', async () => {
    let asked = 0
    const { client, hub } = await startHub({
      onRequest: () => {
        asked++
        return [{ action: 'RETURN', result: asked }]
      },
    })
    const first = client({ role: 'lead', sessionId: 's', resume: '1', driverInstanceId: 'd' })
    await first.type('init')
    first.send(event('e1'))
    expect(await first.next((frame) => 'actions' in frame)).toMatchObject({ actions: [{ result: 1 }] })
    first.drop()
    await until(() => hub.size === 0)
    const again = client({ role: 'lead', sessionId: 's', resume: '1', driverInstanceId: 'd' })
    await again.type('init')
    again.send(event('e1'))
    expect(await again.next((frame) => 'actions' in frame)).toMatchObject({ id: 'e1', actions: [{ result: 1 }] })
    expect(asked).toBe(1)
  })
})

it('the resume extension of the hub goes on from its snapshot when the hub is another one', async () => {
  const before = await startHub()
  const lead = before.client({ role: 'lead', sessionId: 's', resume: '1', driverInstanceId: 'd' })
  await lead.type('init')
  lead.send(event('e1', 'user_prompt', { content: 'hello' }))
  await lead.next((frame) => frame['id'] === 'e1')
  const observer = before.client({ role: 'observer', sessionId: 's', resume: '1' })
  const hydration = await observer.type('session_hydration')
  const { epoch } = asRecord(observer.frames[0]?.['holdfast'])
  const after = await startHub({ log: before.log })
  const again = after.client({
    role: 'observer',
    sessionId: 's',
    resume: '1',
    after: `${epoch}.${hydration['seq']}.${hydration['anchor']}`,
  })
  expect((await again.type('init'))['holdfast']).toMatchObject({ resumed: true })
  const moved = after.client({ role: 'lead', sessionId: 's', resume: '1', driverInstanceId: 'd' })
  await moved.type('init')
  moved.send(event('e1', 'user_prompt', { content: 'hello' }))
  moved.send(event('e2', 'user_prompt', { content: 'again' }))
  expect(await again.type('broadcast')).toMatchObject({ data: { content: 'again' } })
})
