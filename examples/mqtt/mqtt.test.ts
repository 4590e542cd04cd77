import { once } from 'node:events'
import { createServer } from 'node:net'
import { Aedes } from 'aedes'
import { expect, it } from 'vitest'
import { matches } from './mqtt-packets.ts'
import { mqttStory } from './story.ts'

it('the MQTT client loses nothing between two clients and a broker, whatever the network does', async () => {
  const broker = await Aedes.createBroker()
  const server = createServer(broker.handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const { asked, published, read } = await mqttStory(port)
  await new Promise<void>((resolve) => broker.close(() => resolve()))
  await new Promise((resolve) => server.close(resolve))

  expect([...published].sort()).toEqual([...asked].sort())
  const wanted = asked.filter((text) => text !== 'begin')
  // At least once: what was in doubt comes again, and nothing is missing.
  expect(wanted.filter((text) => !read.includes(text))).toEqual([])
  expect(read).not.toContain('gap')
})

it('the MQTT client knows which topics a filter means', () => {
  const cases = { 'a/+/c': ['a/b/c'], 'a/#': ['a', 'a/b', 'a/b/c'], '+': ['a'], '#': ['a', 'a/b', 'a/b/c'] }
  const topics = ['a', 'a/b', 'a/b/c', '$SYS/a']
  for (const [filter, wanted] of Object.entries(cases)) {
    expect(topics.filter((topic) => matches(filter, topic))).toEqual(wanted)
  }
})
