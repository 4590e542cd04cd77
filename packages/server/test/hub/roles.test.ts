import { describe, expect, it } from 'vitest'
import { event, type RawClient, startHub, until } from './support.ts'

const ack = [{ action: 'ACK' }]

it('the hub appends a lead’s event to the log before an observer gets it', async () => {
  const { client, log } = await startHub()
  const lead = client({ role: 'lead', label: 'one', task: 'do it' })
  const init = await lead.type('init')
  expect(init).toMatchObject({ role: 'lead', task: 'do it' })
  const sessionId = String(init['sessionId'])
  const observer = client({ role: 'observer', sessionId })
  expect(await observer.type('init')).toMatchObject({ role: 'observer', sessionId })
  expect(await observer.type('session_hydration')).toMatchObject({ sessionId, entries: [], label: 'one' })
  lead.send(event('e1', 'task_start', { taskId: 't', agent: 'a', prompt: 'p' }))
  const broadcast = await observer.type('broadcast')
  expect(broadcast).toMatchObject({ event: 'task_start', category: 'task', sessionId, data: { taskId: 't' } })
  expect(await lead.next((frame) => frame['id'] === 'e1')).toEqual({ id: 'e1', actions: ack })
  const { events } = await log.read(sessionId, { after: 0 })
  expect(events.find(({ n }) => n === broadcast['seq'])).toMatchObject({ kind: 'task_start' })
})

describe('the lead’s lease', () => {
  it('is refused to a second lead with 4409', async () => {
    const { client } = await startHub()
    const lead = client({ role: 'lead', sessionId: 's' })
    await lead.type('init')
    expect(await client({ role: 'lead', sessionId: 's' }).closed).toMatchObject({ code: 4409 })
    lead.send(event('still'))
    expect(await lead.next((frame) => frame['id'] === 'still')).toMatchObject({ actions: ack })
  })

  it('goes to a newer connection of the same driver, and the older one is closed', async () => {
    const { client } = await startHub()
    const older = client({ role: 'lead', sessionId: 's', driverInstanceId: 'd1' })
    await older.type('init')
    const newer = client({ role: 'lead', sessionId: 's', driverInstanceId: 'd1' })
    await newer.type('init')
    expect(await older.closed).toMatchObject({ code: 4410 })
    newer.send(event('e1'))
    expect(await newer.next((frame) => frame['id'] === 'e1')).toMatchObject({ actions: ack })
  })

  it('is refused with 4410 to a driver that another one has replaced, also after the other has gone', async () => {
    const { client, hub } = await startHub()
    const first = client({ role: 'lead', sessionId: 's', driverInstanceId: 'd1' })
    await first.type('init')
    first.drop()
    await until(() => hub.size === 0)
    const second = client({ role: 'lead', sessionId: 's', driverInstanceId: 'd2' })
    await second.type('init')
    expect(await client({ role: 'lead', sessionId: 's', driverInstanceId: 'd1' }).closed).toMatchObject({ code: 4410 })
    second.drop()
    await until(() => hub.size === 0)
    expect(await client({ role: 'lead', sessionId: 's', driverInstanceId: 'd1' }).closed).toMatchObject({ code: 4410 })
  })

  it('goes to one of many that ask at once', async () => {
    const { client } = await startHub()
    const leads = Array.from({ length: 10 }, () => client({ role: 'lead', sessionId: 's' }))
    const outcomes = await Promise.all(
      leads.map((lead) =>
        Promise.race([
          lead.type('init').then(
            () => 'init',
            () => 'never',
          ),
          lead.closed.then(({ code }) => code),
        ]),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'init')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 4409 || outcome === 'never')).toHaveLength(9)
  })

  it('fences what the replaced lead still sends', async () => {
    const { client, log } = await startHub()
    const older = client({ role: 'lead', sessionId: 's', driverInstanceId: 'd1' })
    await older.type('init')
    // Another hub on the same log gives the session away.
    const lease = await log.lease('s', 'hub', 1000)
    if (lease.outcome !== 'granted') throw new Error('expected the lease')
    const taken = { id: 'x', kind: 'hub.lead', at: 0, payload: { t: 'lead', fence: lease.fence, instance: 'd2' } }
    await log.append('s', [taken], { producer: { id: 'other', fence: lease.fence } })
    older.send(event('late'))
    expect(await older.closed).toMatchObject({ code: 4410 })
    const { events } = await log.read('s', { after: 0 })
    expect(events.map(({ kind }) => kind)).toEqual(['hub.lead', 'hub.lead'])
  })
})

describe('routing', () => {
  it('takes a controller’s requests to the lead and its answers back to the one who asked', async () => {
    const { client } = await startHub()
    const lead = client({ role: 'lead', sessionId: 's' })
    await lead.type('init')
    const one = client({ role: 'controller', sessionId: 's' })
    const two = client({ role: 'controller', sessionId: 's' })
    await Promise.all([one.type('init'), two.type('init')])
    one.send({ type: 'command', id: '1', name: 'plan', args: 'a' })
    const fromOne = await lead.type('command')
    two.send({ type: 'tool', id: '1', name: 'read', toolCallId: 'c', params: { x: 1 } })
    const fromTwo = await lead.type('tool')
    expect(fromOne).toMatchObject({ id: '1', name: 'plan', args: 'a' })
    expect(fromTwo['id']).not.toBe(fromOne['id'])
    lead.send({ id: fromTwo['id'], actions: [{ action: 'RETURN', result: 2 }] })
    lead.send({ id: fromOne['id'], actions: [{ action: 'RETURN', result: 1 }] })
    expect(await one.next((frame) => 'actions' in frame)).toMatchObject({ id: '1', actions: [{ result: 1 }] })
    expect(await two.next((frame) => 'actions' in frame)).toMatchObject({ id: '1', actions: [{ result: 2 }] })
    expect(one.frames.filter((frame) => 'actions' in frame)).toHaveLength(1)
  })

  it('keeps what a controller asks while the lead is away, for the lead that comes', async () => {
    const { client, hub } = await startHub()
    const lead = client({ role: 'lead', sessionId: 's' })
    await lead.type('init')
    const controller = client({ role: 'controller', sessionId: 's' })
    await controller.type('init')
    lead.drop()
    await until(() => hub.size === 1)
    for (const id of ['1', '2']) controller.send({ type: 'event', id, event: 'steer', data: {} })
    controller.send({ type: 'ping', timestamp: 1 })
    await controller.type('pong')
    const next = client({ role: 'lead', sessionId: 's' })
    await next.type('init')
    expect((await next.type('event'))['id']).toBe('1')
    expect((await next.type('event'))['id']).toBe('2')
  })

  it('answers for a lead that does not come', async () => {
    const { client, hub } = await startHub({ limits: { leadGraceMs: 1 } })
    using session = await hub.createSession('s')
    const controller = client({ role: 'controller', sessionId: session.id })
    await controller.type('init')
    controller.send({ type: 'command', id: '1', name: 'plan', args: '' })
    expect(await controller.next((frame) => 'actions' in frame)).toMatchObject({
      id: '1',
      actions: [{ action: 'BLOCK' }],
    })
    const late = client({ role: 'lead', sessionId: 's' })
    await late.type('init')
    late.send({ type: 'ping', timestamp: 1 })
    await late.type('pong')
    expect(late.frames.some((frame) => frame['type'] === 'command')).toBe(false)
  })

  it('routes rpc between controllers and the driver, responses to the one who asked', async () => {
    const { client } = await startHub()
    const driver = client({ role: 'lead', sessionId: 's', driverMode: 'rpc' })
    await driver.type('init')
    const one = client({ role: 'controller', sessionId: 's' })
    const two = client({ role: 'controller', sessionId: 's' })
    await Promise.all([one.type('init'), two.type('init')])
    one.send({ type: 'rpc_command', command: { id: 'x', type: 'prompt', message: 'hello' } })
    expect(await driver.type('rpc_command')).toMatchObject({ command: { id: 'x' } })
    driver.send({ type: 'rpc_response', response: { id: 'x', success: true } })
    expect(await one.type('rpc_response')).toMatchObject({ response: { id: 'x', success: true } })
    driver.send({ type: 'rpc_event', event: { type: 'turn' }, timestamp: 1 })
    await Promise.all([one.type('rpc_event'), two.type('rpc_event')])
    expect(two.frames.some((frame) => frame['type'] === 'rpc_response')).toBe(false)
    driver.send({ type: 'rpc_ui_request', id: 'u', method: 'confirm', params: {} })
    await Promise.all([one.type('rpc_ui_request'), two.type('rpc_ui_request')])
    two.send({ type: 'rpc_ui_response', id: 'u', result: true })
    expect(await driver.type('rpc_ui_response')).toMatchObject({ id: 'u', result: true })
  })

  it('asks a controller that comes later unanswered questions, and takes one answer', async () => {
    const { client, hub } = await startHub()
    const driver = client({ role: 'lead', sessionId: 's', driverMode: 'rpc' })
    await driver.type('init')
    for (const id of ['answered', 'open']) driver.send({ type: 'rpc_ui_request', id, method: 'confirm', params: {} })
    using session = await hub.session('s')
    await until(() => session.head === 3)
    const one = client({ role: 'controller', sessionId: 's', resume: '1' })
    await one.type('init')
    one.send({ type: 'bootstrap_ready' })
    expect(await one.type('rpc_ui_request')).toMatchObject({ id: 'answered', again: 2 })
    one.send({ type: 'rpc_ui_response', id: 'answered', mid: 'm1', result: 1 })
    await one.next((frame) => JSON.stringify(frame['ids']) === '["m1"]')
    const two = client({ role: 'controller', sessionId: 's' })
    await two.type('init')
    driver.send({ type: 'rpc_ui_request', id: 'live', method: 'confirm', params: {} })
    await two.type('rpc_ui_request')
    two.send({ type: 'bootstrap_ready' })
    expect(await two.type('rpc_ui_request')).toEqual({
      type: 'rpc_ui_request',
      id: 'open',
      method: 'confirm',
      params: {},
    })
    two.send({ type: 'rpc_ui_response', id: 'open', result: 2 })
    expect(await driver.next((frame) => frame['id'] === 'open')).toMatchObject({ result: 2 })
    one.send({ type: 'rpc_ui_response', id: 'open', mid: 'm2', result: 'late' })
    expect(await one.type('protocol_error')).toMatchObject({ code: 'already_answered' })
    driver.send({ type: 'ping', timestamp: 1 })
    await driver.type('pong')
    const asked = (from: RawClient): unknown =>
      from.frames.filter(({ type }) => type === 'rpc_ui_request').map(({ id }) => id)
    expect([asked(one), asked(two)]).toEqual([
      ['answered', 'open', 'live'],
      ['live', 'open'],
    ])
    const answers = driver.frames.filter(({ type }) => type === 'rpc_ui_response')
    expect(answers.map(({ result }) => result)).toEqual([1, 2])
  })

  it('notifies controllers that a question is over, and asks it no more, when its driver or another client has ended it', async () => {
    const { client } = await startHub()
    const driver = client({ role: 'lead', sessionId: 's', driverMode: 'rpc' })
    await driver.type('init')
    const one = client({ role: 'controller', sessionId: 's', resume: '1' })
    const published = client({ role: 'controller', sessionId: 's' })
    for (const controller of [one, published]) {
      await controller.type('init')
      controller.send({ type: 'bootstrap_ready' })
    }
    for (const id of ['taken back', 'answered'])
      driver.send({ type: 'rpc_ui_request', id, method: 'confirm', params: {} })
    for (const controller of [one, published]) await controller.next(({ id }) => id === 'answered')
    driver.send({ type: 'rpc_ui_response', id: 'taken back', result: { cancelled: true, reason: 'Nobody answered.' } })
    expect(await one.type('rpc_ui_response')).toMatchObject({ id: 'taken back', result: { cancelled: true } })
    published.send({ type: 'rpc_ui_response', id: 'answered', result: true })
    expect(await one.type('rpc_ui_response')).toMatchObject({ id: 'answered', result: true })
    one.send({ type: 'rpc_ui_response', id: 'taken back', mid: 'm1', result: true })
    expect(await one.type('protocol_error')).toMatchObject({ code: 'already_answered' })
    const late = client({ role: 'controller', sessionId: 's', resume: '1' })
    await late.type('init')
    late.send({ type: 'bootstrap_ready' })
    await late.type('session_hydration')
    for (const each of [late, published, driver]) {
      each.send({ type: 'ping', timestamp: 1 })
      await each.type('pong')
    }
    const types = (from: RawClient): unknown =>
      from.frames.filter(({ type }) => String(type).startsWith('rpc_ui_')).length
    expect({ late: types(late), published: types(published), driver: types(driver) }).toEqual({
      ...{ late: 0, published: 2, driver: 1 },
    })
  })

  it('asks a controller what the driver asked before only while the driver is there', async () => {
    const { client, hub } = await startHub()
    const driver = client({ role: 'lead', sessionId: 's', driverMode: 'rpc', driverInstanceId: 'd' })
    await driver.type('init')
    driver.send({ type: 'rpc_ui_request', id: 'u', method: 'confirm', params: {} })
    driver.send({ type: 'ping', timestamp: 1 })
    await driver.type('pong')
    using session = await hub.session('s')
    driver.socket.close()
    await until(() => session.participants.length === 0)
    const late = client({ role: 'controller', sessionId: 's' })
    await late.next((frame) => frame['type'] === 'init')
    late.send({ type: 'bootstrap_ready' })
    await late.type('session_hydration')
    late.send({ type: 'ping', timestamp: 1 })
    await late.type('pong')
    expect(late.frames.some(({ type }) => type === 'rpc_ui_request')).toBe(false)
    const back = client({ role: 'lead', sessionId: 's', driverMode: 'rpc', driverInstanceId: 'd' })
    await back.type('init')
    expect(await late.type('rpc_ui_request')).toMatchObject({ id: 'u' })
  })

  it('notifies controllers that a question is over when another driver replaces the one that asked', async () => {
    const { client, hub } = await startHub()
    const driver = client({ role: 'lead', sessionId: 's', driverMode: 'rpc', driverInstanceId: 'd' })
    await driver.type('init')
    const controller = client({ role: 'controller', sessionId: 's', resume: '1' })
    await controller.type('init')
    controller.send({ type: 'bootstrap_ready' })
    driver.send({ type: 'rpc_ui_request', id: 'u', method: 'confirm', params: {} })
    await controller.type('rpc_ui_request')
    using session = await hub.session('s')
    driver.socket.close()
    await until(() => !session.hasLead)
    const other = client({ role: 'lead', sessionId: 's', driverMode: 'rpc', driverInstanceId: 'e' })
    await other.type('init')
    expect(await controller.type('rpc_ui_response')).toMatchObject({ id: 'u', result: { cancelled: true } })
    controller.send({ type: 'rpc_ui_response', id: 'u', mid: 'm1', result: true })
    expect(await controller.type('protocol_error')).toMatchObject({ code: 'already_answered' })
    other.send({ type: 'ping', timestamp: 1 })
    await other.type('pong')
    expect(other.frames.some(({ type }) => type === 'rpc_ui_response')).toBe(false)
  })

  it('lets hooks answer the lead, once, and acknowledges by default', async () => {
    const asked: string[] = []
    const { client } = await startHub({
      onRequest: async ({ message }) => {
        asked.push(message.id)
        if (message.type === 'tool') return [{ action: 'RETURN', result: 'ok' }]
        if (message.type === 'command') throw new Error('no')
        return undefined
      },
    })
    const lead = client({ role: 'lead', sessionId: 's' })
    await lead.type('init')
    lead.send({ type: 'tool', id: '1', name: 't', toolCallId: 'c', params: {} })
    expect(await lead.next((frame) => frame['id'] === '1')).toMatchObject({
      actions: [{ action: 'RETURN', result: 'ok' }],
    })
    lead.send({ type: 'command', id: '2', name: 'n', args: '' })
    expect(await lead.next((frame) => frame['id'] === '2')).toMatchObject({ actions: [{ action: 'BLOCK' }] })
    lead.send(event('3'))
    expect(await lead.next((frame) => frame['id'] === '3')).toMatchObject({ actions: ack })
    expect(asked).toEqual(['1', '2', '3'])
  })

  it('takes a sub-agent into its parent’s session', async () => {
    const { client } = await startHub()
    const lead = client({ role: 'lead', sessionId: 's' })
    await lead.type('init')
    const scout = client({ role: 'observer', agent: 'scout', parent: 's' })
    expect(await scout.type('init')).toMatchObject({ role: 'sub_agent', sessionId: 's', agentRole: 'scout' })
    scout.send(event('1', 'agent_progress', { agent: 'scout' }))
    expect(await lead.type('broadcast')).toMatchObject({ event: 'agent_progress' })
    expect(await scout.next((frame) => frame['id'] === '1')).toMatchObject({ actions: ack })
    expect(scout.frames.some((frame) => frame['type'] === 'broadcast')).toBe(false)
  })

  it('stores session files, in parts where they are large', async () => {
    const { client, hub } = await startHub()
    const lead = client({ role: 'lead', sessionId: 's' })
    await lead.type('init')
    const large = 'é\n'.repeat(200_000)
    lead.send({ type: 'session_write', path: 'a.jsonl', content: large })
    lead.send({ type: 'session_entry', path: 'a.jsonl', line: '{"x":1}' })
    lead.send(event('1'))
    await lead.next((frame) => frame['id'] === '1')
    using session = await hub.session('s')
    expect(session.file('a.jsonl')).toBe(`${large}{"x":1}\n`)
  })
})

it('the hub sends joins and leaves to all', async () => {
  const { client } = await startHub()
  const lead = client({ role: 'lead', sessionId: 's' })
  await lead.type('init')
  const observer = client({ role: 'observer', sessionId: 's', label: 'me' })
  await lead.next((frame) => frame['event'] === 'session_join' && JSON.stringify(frame).includes('observer'))
  observer.drop()
  expect(await lead.next((frame) => frame['event'] === 'session_leave')).toMatchObject({
    type: 'presence',
    participant: { role: 'observer', transport: 'ws', metadata: { label: 'me' } },
    participants: [{ role: 'lead' }],
  })
})

it('a request that no lead came for is answered, also where an earlier one had the same id', async () => {
  const { client, hub } = await startHub({ limits: { leadGraceMs: 1 } })
  const lead = client({ role: 'lead', sessionId: 's' })
  await lead.type('init')
  lead.drop()
  await until(() => hub.size === 0)
  for (let asker = 0; asker < 2; asker++) {
    const controller = client({ role: 'controller', sessionId: 's' })
    await controller.type('init')
    controller.send({ type: 'command', id: 'c1', name: 'run', args: '' })
    const answer = await controller.next((frame) => frame['id'] === 'c1')
    expect(answer).toMatchObject({ actions: [{ action: 'BLOCK' }] })
  }
})

it('the hub waits for a lead for a request in a session without one, and answers it where none comes', async () => {
  const woken: string[] = []
  const { client, hub } = await startHub({
    limits: { leadGraceMs: 1 },
    wake: async (sessionId) => {
      woken.push(sessionId)
      return sessionId === 'woken'
    },
  })
  for (const id of ['woken', 'alone']) (await hub.createSession(id)).close()
  const [controller, other] = [
    client({ role: 'controller', sessionId: 'woken' }),
    client({ role: 'controller', sessionId: 'alone' }),
  ]
  await Promise.all([controller.type('init'), other.type('init')])
  other.send({ type: 'command', id: 'o1', name: 'plan', args: '' })
  expect(await other.next((frame) => frame['id'] === 'o1')).toMatchObject({ actions: [{ action: 'BLOCK' }] })
  // The grace is over: what waits now waits for who was called.
  other.send({ type: 'command', id: 'o2', name: 'plan', args: '' })
  expect(await other.next((frame) => frame['id'] === 'o2')).toMatchObject({ actions: [{ action: 'BLOCK' }] })
  controller.send({ type: 'command', id: 'c1', name: 'plan', args: '' })
  await until(() => woken.includes('woken'))
  const lead = client({ role: 'lead', sessionId: 'woken' })
  await lead.type('init')
  const asked = await lead.type('command')
  expect(asked['name']).toBe('plan')
  lead.send({ id: asked['id'], actions: ack })
  expect(await controller.next((frame) => frame['id'] === 'c1')).toMatchObject({ actions: ack })
  expect(woken).toEqual(['alone', 'alone', 'woken'])
})
