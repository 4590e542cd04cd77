import { startChaosProxy } from '@holdfast/chaos-proxy'
import { HubClient, type HubOptions } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from './support/cuts.ts'
import { MortalGateway, TOKEN } from './support/mortal-gateway.ts'

/** More than a session remembers of ids. */
const FOREIGN_EVENTS = 15_000

const ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

async function client(options: Partial<HubOptions> & { readonly url: string }): Promise<HubClient> {
  const made = new HubClient({
    transport: nodeWebSocket(),
    token: TOKEN,
    retry: { baseMs: 20, firstMs: 20, capMs: 200, limits: [{ max: 1_000, perMs: 1_000 }], flapLimits: [] },
    ...options,
  })
  ending.push(() => made.close())
  await made.connect()
  return made
}

describe('a command whose acknowledgement was lost, while others say much', () => {
  it.each([false, true])(
    'runs once (the gateway dies meanwhile: %s)',
    async (dies) => {
      const gateway = await MortalGateway.start()
      ending.push(() => gateway.close())
      const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port: gateway.port } })
      ending.push(() => proxy.close())
      const ran: string[] = []
      const lead = await client({
        url: gateway.url,
        role: 'lead',
        queue: { maxCount: FOREIGN_EVENTS + 100 },
        onRequest: (request) => {
          if (request.type === 'command') ran.push(request.args)
          return [{ action: 'RETURN', result: ran.length }]
        },
      })
      const controller = await client({ url: proxy.url, role: 'controller', sessionId: lead.sessionId })
      proxy.blackHole({ direction: 'down' })
      const told = controller.command('rm', 'build', { onDrop: 'carry', timeoutMs: 120_000 }).then(
        () => 'answered' as const,
        () => 'in doubt' as const,
      )
      await eventually(() => ran.length > 0, 'the command reaches the lead', 10_000)
      await proxy.refuse(true, { keepPort: true })
      proxy.cut()
      const said = Array.from({ length: FOREIGN_EVENTS }, (_, i) =>
        lead.send({ type: 'event', id: `e${i}`, event: 'agent_progress', data: { i } }),
      )
      await said.at(-1)
      if (dies) await gateway.killAndRestart(50)
      await proxy.heal()
      await proxy.refuse(false)
      expect(await told).toBe('answered')
      // Whatever of it was still under way has come by now.
      const last = await controller.command('echo', 'after', { onDrop: 'carry', timeoutMs: 120_000 })
      expect(last.actions).toMatchObject([{ action: 'RETURN' }])
      expect(ran).toEqual(['build', 'after'])
    },
    90_000,
  )
})
