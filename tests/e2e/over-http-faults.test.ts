import { startChaosProxy } from '@holdfast/chaos-proxy'
import { HubClient } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { eventStreamAndPosts, longPoll } from '@holdfast/transport-sse/over-http'
import { expect, it } from 'vitest'
import { startGateway } from './gateway-process.ts'
import { RETRY_OFTEN, throughFaults } from './support/through-faults.ts'

const token = 'over-http'

it.each([eventStreamAndPosts({ proxy: false }), longPoll({ proxy: false })])(
  'a lead over $name loses nothing, doubles nothing and keeps the order, whatever the network does',
  async (transport) => {
    const gateway = await startGateway(['--port', '0', '--store', 'memory', '--token', token])
    const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port: Number(new URL(gateway.url).port) } })
    const liveness = { intervalMs: 300, timeoutMs: 900 }
    const lead = new HubClient({ transport, url: proxy.url, token, role: 'lead', retry: RETRY_OFTEN, liveness })
    await lead.connect()
    const { sessionId } = lead
    const seen: unknown[] = []
    const watching = { transport: nodeWebSocket(), url: gateway.url, token, sessionId }
    const observer = new HubClient({
      ...watching,
      onMessage: (message) => {
        if (message.type === 'broadcast' && message.event === 'task_start') seen.push(Object(message.data).n)
      },
    })
    await observer.connect()
    const answers: Promise<unknown>[] = []
    const say = (): void => {
      for (let n = 0; n < 10; n += 1) {
        const about = { n: answers.length }
        answers.push(lead.event('task_start', about, { onDrop: 'carry' }))
      }
    }
    await throughFaults(proxy, lead.connection, say)
    say()
    await Promise.all(answers)
    await expect.poll(() => seen.length).toBe(answers.length)
    expect(seen).toEqual(answers.map((_, n) => n))
    await lead.close()
    await observer.close()
    await proxy.close()
    await gateway.stop('SIGTERM')
  },
)
