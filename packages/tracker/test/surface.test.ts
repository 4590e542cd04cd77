import { describe, expect, it } from 'vitest'
import { WsClientTransport } from '../src/compat.ts'
import type { TrackerEvent } from '../src/index.ts'
import { useWorld, WELCOME } from './support.ts'

const world = useWorld()

describe('tracker §1: the wire', () => {
  it('dials the base with ws, sends auth first, then a heartbeat at once and every interval', async () => {
    const { peer } = await world.now.started({ liveness: { intervalMs: 20_000 } })
    expect(peer.request.url).toBe('ws://tracker/ws')
    for (let beat = 0; beat < 3; beat++) {
      const since = world.now.clock.now()
      await peer.receives({ type: 'heartbeat', status: 'online' })
      expect(world.now.clock.now() - since).toBeLessThanOrEqual(20_001)
      peer.sends({ event: 'agent.heartbeat.ack' })
    }
  })

  it.each([
    WELCOME,
    { event: 'auth_ok', init: { lobby_chat_id: 'lobby', projects: WELCOME.data.projects, agents_online: ['ann'] } },
  ])('knows the welcome in both spellings', async (welcome) => {
    const agent = world.now.agent({ url: 'wss://else/where' })
    const starting = agent.connect()
    const peer = await world.now.server.peer()
    expect(peer.request.url).toBe('wss://else/where')
    await peer.receives({ type: 'auth', token: 'secret' })
    peer.sends(welcome)
    await world.now.passing(starting)
    expect(agent.lobbyChatId).toBe('lobby')
    expect(agent.projects).toEqual(WELCOME.data.projects)
    expect(agent.online).toEqual(['ann'])
  })

  it('hands events over in both spellings and acknowledges each, with its id where it has one', async () => {
    const got: TrackerEvent[] = []
    const { peer } = await world.now.started({ onEvent: (event) => got.push(event) })
    peer.sends({ type: 'task.assigned', id: 'e1', data: { task: 1 }, ts: 5 }, { event: 'chat.message', text: 'hi' })
    peer.sends({ type: 'chat.subscribe.ok', data: {} })
    await peer.receives({ type: 'ack', id: 'e1' })
    expect(await peer.receives({ type: 'ack' })).toEqual({ type: 'ack' })
    expect(got).toEqual([
      { event: 'task.assigned', data: { task: 1 }, ts: 5, id: 'e1' },
      { event: 'chat.message', data: { event: 'chat.message', text: 'hi' } },
    ])
  })

  it('delivers what came before the welcome after it, in order', async () => {
    const got: unknown[] = []
    const agent = world.now.agent({ onEvent: ({ id }) => got.push(id) })
    const starting = agent.connect()
    const peer = await world.now.server.peer()
    peer.sends({ type: 'a', id: '1' }, { type: 'b', id: '2' }, WELCOME, { type: 'c', id: '3' })
    await world.now.passing(starting)
    await world.now.clock.advance(10)
    expect(got).toEqual(['1', '2', '3'])
  })

  it('sends chat messages, comments and stream events in their shapes', async () => {
    const { agent, peer } = await world.now.started()
    agent.sendChatMessage('c', 'hello', ['bob'], 'hm', 't')
    agent.sendTaskComment('t', 'done')
    agent.sendStreamEvent('agent.stream.tool', { name: 'bash' })
    await peer.receives({
      type: 'chat.send',
      chat_id: 'c',
      task_id: 't',
      content: 'hello',
      mentions: ['bob'],
      thinking: 'hm',
    })
    await peer.receives({ type: 'chat.send', task_id: 't', content: 'done', mentions: [] })
    await peer.receives({ type: 'agent.stream.tool', name: 'bash' })
    agent.sendChatMessage('', 'no chat', [], undefined, 't')
    expect(await peer.receives({ type: 'chat.send', content: 'no chat' })).not.toHaveProperty('chat_id')
  })
})

describe('tracker §2: the surface', () => {
  it('stop() closes with 1000', async () => {
    const { agent, peer } = await world.now.started()
    await world.now.passing(agent.close())
    expect(await peer.ends()).toMatchObject({ code: 1000 })
  })

  it('events with an id already processed are skipped and acknowledged again', async () => {
    const got: unknown[] = []
    const { peer } = await world.now.started({ onEvent: ({ id }) => got.push(id) })
    peer.sends({ type: 'x', id: '1' }, { type: 'x', id: '1' })
    await peer.receives({ type: 'ack', id: '1' })
    peer.sends({ type: 'x', id: '1' })
    await peer.receives({ type: 'ack', id: '1' })
    await peer.receivesNothing(1000)
    expect(got).toEqual(['1'])
  })

  it('retries 1 s doubling to 30 s', async () => {
    const { agent, peer } = await world.now.started({ retry: { limits: [] } })
    await world.now.clock.advance(12_000)
    peer.drops()
    const waits: number[] = []
    let last = world.now.clock.now()
    for (let dial = 0; dial < 8; dial++) {
      await world.now.server.refuses()
      waits.push(world.now.clock.now() - last)
      last = world.now.clock.now()
    }
    waits.forEach((wait, index) => {
      const window = Math.min(30_000, 1000 * 2 ** index)
      expect(wait).toBeGreaterThanOrEqual(window / 2)
      expect(wait).toBeLessThanOrEqual(window + 5)
    })
    await world.now.accepts()
    await world.now.until(() => agent.isConnected)
  })

  it('names the option that is missing', () => {
    expect(() => world.now.agent({ url: '' })).toThrow(
      expect.objectContaining({ code: 'tracker/invalid_option', details: { option: 'url' } }),
    )
    expect(() => world.now.agent({ token: '' })).toThrow(expect.objectContaining({ details: { option: 'token' } }))
  })

  it('WsClientTransport has the names of the client that it replaces', async () => {
    const { clock, network } = world.now
    const client = new WsClientTransport(
      { trackerUrl: 'http://tracker', token: 'secret', heartbeatIntervalSec: 10 },
      { transport: network.transport, clock },
    )
    const got: unknown[] = []
    client.onEvent(async (event) => void got.push(event.event))
    const starting = client.start()
    const peer = await world.now.accepts()
    await world.now.passing(starting)
    expect(client.lobbyChatId).toBe('lobby')
    client.addTask('t')
    await peer.receives({ type: 'heartbeat', status: 'busy' })
    client.removeTask('t')
    await peer.receives({ type: 'heartbeat', status: 'online' })
    peer.sends({ type: 'heartbeat.ack' }, { type: 'heartbeat.ack' }, { type: 'task.assigned', id: '1' })
    await peer.receives({ type: 'ack', id: '1' })
    const sent = client.sendChatMessage('lobby', 'hi')
    await peer.receives({ type: 'chat.send', chat_id: 'lobby', content: 'hi' })
    await peer.receives({ type: 'heartbeat' })
    peer.sends({ type: 'heartbeat_ack' })
    await world.now.passing(sent)
    expect(got).toEqual(['task.assigned'])
    await world.now.passing(client.stop())
  })
})
