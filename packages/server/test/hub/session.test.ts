import { memoryLog } from '@holdfast/log'
import { expect, it } from 'vitest'
import { event, startHub, until } from './support.ts'

it('a session handle asks the lead and waits for its answer; the same id asks once', async () => {
  const { client, hub } = await startHub()
  const lead = client({ role: 'lead', sessionId: 's' })
  await lead.type('init')
  using session = await hub.session('s')
  const asked = [1, 2].map(() => session.ask({ type: 'event', event: 'permission', data: {} }, { id: 'x' }))
  const { id } = await lead.type('event')
  lead.send({ id, actions: [{ action: 'RETURN', result: 'yes' }] })
  const answer = { id: 'x', actions: [{ action: 'RETURN', result: 'yes' }] }
  expect(await Promise.all(asked)).toEqual([answer, answer])
  expect(await session.ask({ type: 'event', event: 'permission', data: {} }, { id: 'x' })).toEqual(answer)
  expect(lead.frames.filter(({ type }) => type === 'event')).toHaveLength(1)
})

it('a session handle gives up on a lead that does not answer, and on request', async () => {
  const { client, hub } = await startHub()
  await client({ role: 'lead', sessionId: 's' }).type('init')
  using session = await hub.session('s')
  const command = { type: 'command', name: 'n', args: '' } as const
  await expect(session.ask(command, { timeoutMs: 1 })).rejects.toMatchObject({ code: 'hub/timeout' })
  const end = new AbortController()
  const asked = session.ask(command, { signal: end.signal })
  end.abort(new Error('enough'))
  await expect(asked).rejects.toThrow('enough')
})

it('a session handle asks no lead that comes late for what is not waited for any more', async () => {
  const log = memoryLog()
  const { client, hub } = await startHub({ log })
  using session = await hub.createSession('s')
  const interrupt = { type: 'event', event: 'interrupt', data: {} } as const
  const end = new AbortController()
  const asked = [session.ask(interrupt, { timeoutMs: 5 }), session.ask(interrupt, { signal: end.signal })]
  const given = Promise.allSettled(asked)
  await until(() => session.head >= 2)
  end.abort(new Error('cancelled'))
  await given
  await until(() => session.head === 4)
  // Of a process that died nobody is left to take the request back.
  const left = { t: 'request', message: { ...interrupt, id: 'w' }, wireId: 'w', asker: 'x', id: 'w', until: 1 }
  const event = { id: 'left', kind: 'hub.request', at: 1, payload: left }
  await log.append('s', [event], { producer: { id: 'dead', fence: 0 } })
  const last = session.ask(interrupt)
  await until(() => session.head === 6)
  const lead = client({ role: 'lead', sessionId: 's' })
  const { id } = await lead.type('event')
  lead.send({ id, actions: [{ action: 'ACK' }] })
  await last
  expect(lead.frames.filter(({ type }) => type === 'event')).toHaveLength(1)
})

it('a session handle follows events from a position, each once and in order, then live', async () => {
  const { client, hub } = await startHub()
  const lead = client({ role: 'lead', sessionId: 's' })
  await lead.type('init')
  using session = await hub.session('s')
  const { position } = session
  await session.publish('task_start', { i: 0 })
  const end = new AbortController()
  const seen: string[] = []
  for await (const item of session.follow({ after: position, signal: end.signal })) {
    if (item.type === 'live') {
      seen.push('live')
      lead.send(event('1', 'task_end', { i: 1 }))
    }
    if (item.type !== 'event') continue
    seen.push(item.position.split('.')[1] ?? '')
    if (item.message.type === 'broadcast' && seen.length === 3) end.abort()
  }
  expect(seen).toEqual(['2', 'live', '3'])
})

it('the application answers the lead’s requests before the hub’s own hook, for as long as it wants', async () => {
  const { client, hub } = await startHub({ onRequest: () => [{ action: 'STATUS', key: 'hook' }] })
  const lead = client({ role: 'lead', sessionId: 's' })
  await lead.type('init')
  using session = await hub.session('s')
  const undo = session.handleRequests(async ({ message }) =>
    message.type === 'tool' ? [{ action: 'RETURN', result: message.params }] : undefined,
  )
  const tool = (id: string): object => ({ type: 'tool', id, name: 'n', toolCallId: 'c', params: { a: 1 } })
  const answerTo = (id: string): Promise<object> => lead.next((frame) => frame['id'] === id)
  lead.send(tool('1'))
  expect(await answerTo('1')).toMatchObject({ actions: [{ action: 'RETURN', result: { a: 1 } }] })
  lead.send(event('2'))
  expect(await answerTo('2')).toMatchObject({ actions: [{ action: 'STATUS', key: 'hook' }] })
  undo()
  lead.send(tool('3'))
  expect(await answerTo('3')).toMatchObject({ actions: [{ action: 'STATUS', key: 'hook' }] })
})

it('a session handle blocks a request whose answer is more than the log has room for, so that the lead does not wait for it', async () => {
  const { client } = await startHub({ onRequest: () => [{ action: 'RETURN', result: 'x'.repeat(300_000) }] })
  const lead = client({ role: 'lead', sessionId: 's' })
  await lead.type('init')
  lead.send(event('1'))
  expect(await lead.next((frame) => 'actions' in frame)).toMatchObject({ id: '1', actions: [{ action: 'BLOCK' }] })
})

it('a session handle notifies the asker where the lead’s answer is more than the log has room for, and the lead too', async () => {
  const { client } = await startHub()
  const lead = client({ role: 'lead', sessionId: 's' })
  await lead.type('init')
  const controller = client({ role: 'controller', sessionId: 's' })
  await controller.type('init')
  controller.send({ type: 'event', id: 'x', event: 'read', data: {} })
  const { id } = await lead.type('event')
  lead.send({ id, actions: [{ action: 'RETURN', result: 'x'.repeat(300_000) }] })
  expect(await controller.next((frame) => 'actions' in frame)).toMatchObject({
    id: 'x',
    actions: [{ action: 'BLOCK', reason: 'The lead answered, and it was lost: The message is too large for the log.' }],
  })
  expect(await lead.type('protocol_error')).toMatchObject({ code: 'too_large', id })
})

it('a session handle does not stop reading the lead while a decision takes time', async () => {
  let decide: () => void = () => {}
  const decided = new Promise<void>((resolve) => {
    decide = resolve
  })
  const { client } = await startHub({
    onRequest: async ({ message }) => {
      if (message.type !== 'tool') return undefined
      await decided
      return [{ action: 'BLOCK', reason: 'no' }]
    },
  })
  const lead = client({ role: 'lead', sessionId: 's' })
  await lead.type('init')
  lead.send({ type: 'tool', id: '1', name: 'n', toolCallId: 'c', params: {} })
  lead.send(event('2'))
  expect(await lead.next((frame) => 'actions' in frame)).toMatchObject({ id: '2' })
  decide()
  expect(await lead.next((frame) => 'actions' in frame)).toMatchObject({ id: '1', actions: [{ action: 'BLOCK' }] })
})

it('a session handle leaves memory without participants, and comes back from the log', async () => {
  const { client, hub } = await startHub({ limits: { idleSessionMs: 1 } })
  const lead = client({ role: 'lead', sessionId: 's' })
  await lead.type('init')
  lead.send(event('1', 'message_end', { content: 'kept' }))
  await lead.next((frame) => frame['id'] === '1')
  lead.drop()
  const sessions = async (): Promise<string | undefined> =>
    /^holdfast_hub_sessions (\d+)/m.exec(await hub.metrics.text())?.[1]
  let open = await sessions()
  while (open !== '0') {
    await new Promise((resolve) => setImmediate(resolve))
    open = await sessions()
  }
  using session = await hub.session('s')
  expect(JSON.parse(session.hydration())).toMatchObject({ entries: [{ content: 'kept' }], leadConnected: false })
})

it('a session handle is not there unless the session was created', async () => {
  const { hub } = await startHub()
  await expect(hub.session('none')).rejects.toMatchObject({ code: 'hub/not_found' })
})
