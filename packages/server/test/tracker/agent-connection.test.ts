import type { WebSocketChannel } from '@holdfast/contract'
import { expect, it } from 'vitest'
import { AgentConnection } from '../../src/tracker/agent-connection.ts'
import { DELIVERY_LIMITS } from '../../src/tracker/index.ts'
import { type Node, useWorld } from './support.ts'

const world = useWorld()

/** An agent on a wire of which it is known what was said, and how it was closed. */
async function agentAt({ tracker }: Node, name: string) {
  const welcomes: unknown[] = []
  const said: string[] = []
  const closes: (number | undefined)[] = []
  const channel: WebSocketChannel = {
    traits: { binary: false, ping: true, pause: true, requestHeaders: true },
    opening: { protocol: '' },
    bufferedBytes: 0,
    start: () => {},
    send: (frame) => {
      const message = JSON.parse(String(frame))
      said.push(message.type)
      if (message.type === 'auth.ok') welcomes.push(message.data)
    },
    drained: async () => {},
    pause: () => {},
    resume: () => {},
    ping: () => {},
    close: (code) => closes.push(code),
    terminate: () => {},
  }
  const connection = await AgentConnection.open(tracker, channel, name, { ...DELIVERY_LIMITS, maxFrameBytes: 1_000 })
  const send = (message: object): Promise<void> => connection.frame(JSON.stringify(message))
  const say = (n: number): Promise<void> =>
    send({ type: 'chat.send', chat_id: 'out', content: `${n}`, mentions: [], id: `m${n}` })
  return { connection, said, welcomes, closes, send, say }
}

const heartbeat = { type: 'heartbeat', status: 'online' }

it('the tracker takes what an agent says while what came before is on its way to the log, and proves it in order', async () => {
  const node = await world.now.node()
  const agent = await agentAt(node, 'ann')
  for (let n = 0; n < 200; n++) await agent.say(n)
  await agent.send(heartbeat)
  expect(agent.said).not.toContain('heartbeat.ack')
  await world.now.until(() => agent.said.includes('heartbeat.ack'))
  const { tracker } = node
  expect(tracker.state.messages('chat:out').map(({ content }) => content)).toEqual(
    Array.from({ length: 200 }, (_, n) => `${n}`),
  )
  agent.connection.closed()
})

it('the tracker proves nothing behind what could not be written, and writes nothing either', async () => {
  const node = await world.now.node()
  const agent = await agentAt(node, 'ann')
  await agent.say(0)
  await world.now.until(() => node.tracker.state.messages('chat:out').length === 1)
  world.now.log.isAway = true
  await agent.say(1)
  await world.now.until(() => agent.closes.length > 0)
  world.now.log.isAway = false
  await agent.say(2)
  await agent.send(heartbeat)
  await world.now.clock.advance(30_000)
  expect(agent.said).not.toContain('heartbeat.ack')
  expect(agent.closes[0]).toBe(1013)
  agent.connection.closed()
  const again = await world.now.passing(agentAt(node, 'ann'))
  for (const n of [0, 1, 2]) await again.say(n)
  await again.send(heartbeat)
  await world.now.until(() => again.said.includes('heartbeat.ack'))
  expect(node.tracker.state.messages('chat:out').map(({ content }) => content)).toEqual(['0', '1', '2'])
  again.connection.closed()
})

it('the tracker goes on after what is wrong, and says what', async () => {
  const node = await world.now.node({ limits: { maxTextLength: 5 } })
  const agent = await agentAt(node, 'ann')
  await agent.say(1_000_000)
  await agent.say(1)
  await agent.send(heartbeat)
  await world.now.until(() => agent.said.includes('heartbeat.ack'))
  expect(agent.said).toContain('error')
  expect(node.tracker.state.messages('chat:out').map(({ content }) => content)).toEqual(['1'])
  agent.connection.closed()
})

it('the tracker says to an agent in its welcome what it takes, which browsers cannot read in the answer to the upgrade', async () => {
  const agent = await agentAt(await world.now.node(), 'ann')
  expect(agent.welcomes).toMatchObject([{ holdfast: { limits: { maxFrameBytes: 1_000 } } }])
  agent.connection.closed()
})
