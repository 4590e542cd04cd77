import { acpStream } from '@holdfast/acp'
import { type ChaosProxy, FAULT_KINDS, type FaultKind, seededSchedule, startChaosProxy } from '@holdfast/chaos-proxy'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterEach, expect, it } from 'vitest'
import { AgentWorld } from './support/agent-world.ts'
import { RealGateway } from './support/real-gateway.ts'
import { SdkClient, saidBy } from './support/sdk-client.ts'

const KINDS = Object.keys(FAULT_KINDS) as FaultKind[]
const CUTS = 20
const TURN = { updates: 2_000, asksAfter: 1_000 }

/** A client that finds faults out quickly. */
const QUICK = {
  retry: { baseMs: 20, firstMs: 20, capMs: 150, limits: [{ max: 1_000, perMs: 1_000 }], flapLimits: [] },
  deadlines: { dialMs: 2_000, handshakeMs: 2_000 },
  liveness: { intervalMs: 150, timeoutMs: 600 },
} as const

const ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

/** A turn that goes only so far: every cut is in the middle of it. */
class Steps {
  #allowed = 0
  #made = 0
  #wake = (): void => {}

  /** The agent's breath between two updates. */
  readonly breath = async (): Promise<void> => {
    this.#made += 1
    while (this.#made > this.#allowed) await new Promise<void>((resolve) => (this.#wake = resolve))
  }

  allow(updates: number): void {
    this.#allowed = updates
    this.#wake()
  }
}

it.each([1, 2, 3])(
  'a turn of 2,000 updates is whole through 20 cuts on sockets and two gateways, seed %s',
  async (seed) => {
    const steps = new Steps()
    const world = new AgentWorld(steps.breath)
    let gateway = await new RealGateway({}, world).listen()
    ending.push(() => gateway.close())
    const proxy: ChaosProxy = await startChaosProxy({
      target: { host: '127.0.0.1', port: gateway.port },
      // A fault for new connections leaves open ones alone: they are closed as it begins.
      onFault: ({ phase, fault }) => {
        if (phase === 'begins' && /refuse|drop/.test(fault.kind)) proxy.cut()
      },
    })
    ending.push(() => proxy.close())
    const stream = acpStream({
      transport: nodeWebSocket(),
      url: `${proxy.url}/acp`,
      token: 'secret',
      ...QUICK,
    })
    ending.push(() => stream.close())
    const sdk = new SdkClient(stream)
    const sessionId = await sdk.session()
    const prompted = sdk.prompt(sessionId, TURN)
    for (let cut = 0; cut < CUTS; cut += 1) {
      const kinds = [KINDS[cut % KINDS.length] ?? 'reset']
      const [timed] = seededSchedule({ seed: `${seed}/${cut}`, kinds, everyMs: 400, count: 1 })
      await expect.poll(() => stream.isConnected && proxy.links.length > 0, { timeout: 20_000 }).toBe(true)
      steps.allow((cut + 1) * 95)
      if (timed !== undefined) await proxy.perform([{ ...timed, atMs: 0 }])
      if (cut === CUTS / 2) {
        await gateway.close()
        const again = new RealGateway({}, world)
        again.port = gateway.port
        gateway = await again.listen()
      }
    }
    steps.allow(TURN.updates)
    expect(await prompted).toBe('end_turn')
    expect(sdk.text).toBe(saidBy(TURN))
    expect(sdk.asked).toHaveLength(1)
    expect(world.turns).toBe(1)
    expect(stream.metrics.opens).toBeGreaterThan(CUTS / 2)
  },
)
