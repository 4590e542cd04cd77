import { createServer } from 'node:http'
import { startChaosProxy } from '@holdfast/chaos-proxy'
import { memoryLog } from '@holdfast/log'
import { attachEndpoints, tokenAuthenticate } from '@holdfast/server'
import { openTracker, trackerEndpoint } from '@holdfast/server/tracker'
import { nodeWebSocket } from '@holdfast/transport-node'
import { expect, it } from 'vitest'
import { commandAgent } from './command-agent.ts'

it('the tracker agent does its tasks once each and comments the results while the network is cut', async () => {
  const authenticate = tokenAuthenticate([{ secret: 'secret', principal: 'worker', scopes: ['track'] }])
  const log = memoryLog()
  let streamed = ''
  let cuts = 0
  const tracker = await openTracker({
    log,
    relay: {
      stream: (_agent, event) => {
        streamed += String(event['text'])
        // In the middle of the work, when a piece of output has just arrived.
        if (cuts >= 5) return
        cuts += 1
        proxy.cut()
      },
    },
  })
  const endpoint = trackerEndpoint({ tracker, authenticate })
  const server = createServer()
  attachEndpoints(server, { upgrades: [endpoint], requests: [] })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a port')
  const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port: address.port } })
  const agent = commandAgent({
    transport: nodeWebSocket({ proxy: false }),
    url: `http://${proxy.address}`,
    token: 'secret',
    retry: { baseMs: 20, firstMs: 20, capMs: 50, limits: [] },
  })
  try {
    await agent.connect()
    const titles = [
      'run: for i in 1 2 3 4 5 6; do echo line $i; sleep 0.1; done',
      'run: echo sorry; exit 3',
      'not a command',
    ]
    const tasks = await Promise.all(titles.map((title) => tracker.createTask('person', { title, assignee: 'worker' })))
    const comments = (n: number): string[] =>
      tracker.state.messages(`task:${tasks[n]?.id ?? ''}`).map(({ content }) => content)
    while (comments(0).length === 0 || comments(1).length === 0 || tracker.state.inbox('worker').size > 0) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(comments(0)).toEqual(['exit 0\nline 1\nline 2\nline 3\nline 4\nline 5\nline 6\n'])
    expect(comments(1)).toEqual(['exit 3\nsorry\n'])
    expect(comments(2)).toEqual([])
    expect(cuts).toBeGreaterThan(0)
    expect(agent.metrics.opens).toBeGreaterThan(1)
    expect(streamed).toContain('line')
    expect(agent.presence).toBe('online')
  } finally {
    await agent.close()
    await proxy.close()
    endpoint.close()
    await tracker.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await log.close()
  }
})
