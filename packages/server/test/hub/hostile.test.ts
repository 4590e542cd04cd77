import { request as httpRequest } from 'node:http'
import { memoryLog } from '@holdfast/log'
import { VirtualClock } from '@holdfast/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addressOf, event, type Json, startHub, until } from './support.ts'

/** A promise that somebody else settles. */
function held<T>(): { readonly promise: Promise<T>; readonly go: (value: T) => void } {
  let go: (value: T) => void = () => {}
  const promise = new Promise<T>((resolve) => {
    go = resolve
  })
  return { promise, go }
}

describe('authorization', () => {
  it('takes nothing that a refused lead has sent already', async () => {
    const { client, hub } = await startHub()
    const lead = client({ role: 'lead', sessionId: 's' })
    await lead.type('init')
    using session = await hub.session('s')
    const before = session.head
    const second = client({ role: 'lead', sessionId: 's' })
    second.socket.on('open', () => second.send(event('smuggled')))
    expect((await second.closed).code).toBe(4409)
    lead.send(event('mine'))
    await lead.next((frame) => frame['id'] === 'mine')
    expect(session.head).toBe(before + 1)
  })

  it('is over for good at its deadline, also where the client does not take the refusal', async () => {
    const clock = new VirtualClock()
    const allowed = held<boolean>()
    let asked = 0
    const authorize = (): Promise<boolean> => {
      asked += 1
      return allowed.promise
    }
    const { client, hub } = await startHub({ clock, authorize })
    using session = await hub.createSession('s')
    const late = client({ role: 'lead', sessionId: 's', driverInstanceId: 'late' })
    late.socket.on('open', () => late.socket.pause())
    await until(() => asked === 1)
    await clock.advance(10_000)
    allowed.go(true)
    for (let turns = 0; turns < 50; turns++) await new Promise((resolve) => setImmediate(resolve))
    expect(session.hasLead).toBe(false)
    expect(session.participants).toEqual([])
    expect(session.head).toBe(0)
  })

  it('counts upgrades whose credentials are still being looked at, and gives them up in time', async () => {
    const clock = new VirtualClock()
    let asked = 0
    const authenticate = (): Promise<undefined> => {
      asked += 1
      return new Promise(() => {})
    }
    const { client } = await startHub({ clock, authenticate, limits: { maxConnections: 2 } })
    const waiting = [client({ role: 'lead' }), client({ role: 'lead' })]
    await until(() => asked === 2)
    expect((await client({ role: 'lead' }).refused).status).toBe(503)
    await clock.advance(10_000)
    for (const one of waiting) expect((await one.refused).status).toBe(503)
    const next = client({ role: 'lead' })
    await until(() => asked === 3)
    next.drop()
  })

  it('opens no stream once the hub has closed', async () => {
    const log = memoryLog()
    const { hub, server } = await startHub({ log })
    using _session = await hub.createSession('s')
    const find = log.findSession.bind(log)
    const reached = held<void>()
    const go = held<void>()
    log.findSession = async (id) => {
      reached.go()
      await go.promise
      return find(id)
    }
    await log.createSession('t')
    const answered = held<number>()
    const { port } = addressOf(server)
    const request = httpRequest({ port, host: '127.0.0.1', path: '/hub/session/t/events' }, (response) => {
      answered.go(response.statusCode ?? 0)
    })
    onTestFinished(() => void request.destroy())
    request.end()
    await reached.promise
    const closing = hub.close()
    go.go()
    await closing
    expect(await answered.promise).toBe(503)
    expect(hub.size).toBe(0)
  })
})

describe('floods of small frames', () => {
  it('hydrates once for all that was asked in one go', async () => {
    const { client, hub } = await startHub()
    using session = await hub.createSession('s')
    for (let n = 0; n < 100; n++) await session.publish('message_end', { content: 'x'.repeat(300) })
    const controller = client({ role: 'controller', sessionId: 's', resume: '1' })
    await controller.type('live')
    for (let n = 0; n < 2_000; n++) controller.send({ type: 'bootstrap_ready', mid: `b${n}` })
    const acked = new Set<unknown>()
    while (acked.size < 2_000) {
      const frame = await controller.type('acked')
      for (const id of Array.isArray(frame['ids']) ? frame['ids'] : []) acked.add(id)
    }
    const hydrations = controller.frames.filter(({ type }) => type === 'session_hydration').length
    expect(hydrations).toBeGreaterThan(0)
    expect(hydrations).toBeLessThan(200)
  })

  it('notifies others of a changing filter now and in the end, not each time', async () => {
    const clock = new VirtualClock()
    const { client } = await startHub({ clock })
    const lead = client({ role: 'lead', sessionId: 's' })
    await lead.type('init')
    const observer = client({ role: 'observer', sessionId: 's' })
    await observer.type('init')
    for (let n = 0; n < 500; n++) observer.send({ type: 'subscribe', patterns: [`task_${n}`] })
    observer.send({ type: 'ping', timestamp: 1 })
    await observer.type('pong')
    await clock.advance(1_000)
    const updates = (): readonly Json[] => lead.frames.filter(({ event: name }) => name === 'presence_update')
    await until(() => JSON.stringify(updates().at(-1)).includes('task_499'))
    expect(updates().length).toBeLessThan(10)
  })

  it('counts the empty lines of a session file', async () => {
    const { client } = await startHub({ limits: { maxFileBytes: 10_000 } })
    const lead = client({ role: 'lead', sessionId: 's' })
    await lead.type('init')
    for (let n = 0; n < 1_000; n++) lead.send({ type: 'session_entry', path: 'a', line: '' })
    lead.send(event('all'))
    await lead.next((frame) => frame['id'] === 'all')
    lead.send({ type: 'session_entry', path: 'a', line: '' })
    expect(await lead.type('protocol_error')).toMatchObject({ code: 'file_too_large' })
  })
})

it('the hub keeps no presence for a client that takes nothing, and sends it the participants when it does', async () => {
  const clock = new VirtualClock()
  const { client, hub } = await startHub({ clock, limits: { socketHighBytes: 65_536 } })
  using session = await hub.createSession('s')
  const slow = client({ role: 'observer', sessionId: 's' })
  await slow.type('init')
  slow.socket.pause()
  // What the network takes is not waiting here.
  for (let full = 0; full < 10; full = hub.bufferedBytes < 65_536 ? 0 : full + 1) {
    await session.publish('agent_progress', { content: 'x'.repeat(50_000) })
    await new Promise((resolve) => setImmediate(resolve))
  }
  const before = hub.bufferedBytes
  for (let n = 0; n < 30; n++) {
    const guest = client({ role: 'observer', sessionId: 's', label: `${n}`.repeat(4_000) })
    await guest.type('init')
    guest.drop()
    await until(() => session.participants.length === 1)
  }
  const last = client({ role: 'observer', sessionId: 's', label: 'the last' })
  await last.type('init')
  expect(hub.bufferedBytes - before).toBeLessThan(1_000)
  slow.socket.resume()
  await until(() => hub.bufferedBytes === 0)
  await clock.advance(15_000)
  const update = await slow.next((frame) => frame['event'] === 'presence_update')
  expect(JSON.stringify(update)).toContain('the last')
})

it('the hub shows no more of a label than a name needs', async () => {
  const { client } = await startHub()
  const lead = client({ role: 'lead', sessionId: 's' })
  await lead.type('init')
  client({ role: 'observer', sessionId: 's', label: 'x'.repeat(10_000) })
  const joined = await lead.next((frame) => JSON.stringify(frame).includes('"observer"'))
  expect(JSON.stringify(joined).length).toBeLessThan(2_500)
})

it('the hub accepts no name of a driver from an invented position', async () => {
  const { client, hub } = await startHub()
  const lead = client({ role: 'lead', sessionId: 's', driverInstanceId: 'one' })
  await lead.type('init')
  using session = await hub.session('s')
  const [epoch] = session.position.split('.')
  const mallory = client({ role: 'controller', sessionId: 's', resume: '1', after: `${epoch}-d_one.1.` })
  const { holdfast } = await mallory.type('init')
  expect(JSON.stringify(holdfast)).not.toContain('d_one')
})
