import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { HubClient, subscribeToHub } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { type NatsServers, startNats } from '../../scripts/nats-processes.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { RoundRobin } from './round-robin.ts'

const TOKEN = 'example'
const EVERY_MS = 20

/** What was sent, and what each observer was given. */
export interface Tally {
  readonly sent: number
  readonly observers: readonly { readonly missing: number; readonly doubled: number; readonly isInOrder: boolean }[]
}

/**
 * Three servers, three gateways and one address: a lead that counts, a controller that asks, observers that watch, and
 * meanwhile, every `between` events, a gateway or a server is killed. Resolves with what everybody saw; leaves nothing behind.
 */
export async function story(say: (line: string) => void, between = 100): Promise<Tally> {
  const data = mkdtempSync(join(tmpdir(), 'holdfast-cluster-'))
  const balancer = new RoundRobin()
  const gateways: GatewayProcess[] = []
  let nats: NatsServers | undefined
  try {
    nats = await startNats({ count: 3 })
    say(`three NATS servers: ${nats.urls.join(' ')}`)
    const setup = { store: nats.urls.join(','), token: TOKEN, data }
    const starting = await Promise.allSettled(['one', 'two', 'three'].map((name) => startGateway(name, setup)))
    for (const one of starting) if (one.status === 'fulfilled') gateways.push(one.value)
    for (const one of starting) if (one.status === 'rejected') throw one.reason
    await balancer.listen()
    balancer.balance(gateways.map(({ port }) => port))
    say(`three gateways behind ${balancer.url}`)
    return await session(balancer.url, say, async (more) => {
      await more(between)
      const [first] = gateways
      say(`kill -9 of gateway ${first?.name}`)
      await first?.end('SIGKILL')
      await more(between)
      const [server] = nats?.nodes ?? []
      say(`kill -9 of NATS server ${server?.name}`)
      await server?.kill()
      await more(between)
      const again = await startGateway('one', setup)
      gateways.splice(0, 1, again)
      balancer.balance(gateways.map(({ port }) => port))
      say('gateway one is back')
      await more(between)
    })
  } finally {
    await Promise.all(gateways.map(({ child }) => child.kill('SIGKILL')))
    await balancer.close()
    await nats?.stop()
    rmSync(data, { recursive: true, force: true })
  }
}

/** Happens while the lead counts; `more` resolves when so many more events were acknowledged. */
type Troubles = (more: (count: number) => Promise<void>) => Promise<void>

async function session(url: string, say: (line: string) => void, troubles: Troubles): Promise<Tally> {
  const doors = { transport: nodeWebSocket(), url, token: TOKEN }
  const onRequest = () => [{ action: 'RETURN', result: 'tests pass' }] as const
  const lead = new HubClient({ ...doors, role: 'lead', onRequest })
  await lead.connect()
  const sessionId = lead.sessionId ?? ''
  say(`a lead is in session ${sessionId}`)
  const seen: number[][] = [[], [], []]
  const watching = seen.map((numbers) => new Observer({ ...doors, sessionId }, numbers))
  // All of them are there before anything happens.
  await Promise.all(watching.map(({ isThere }) => isThere))
  let sent = 0
  let isOver = false
  const counting = (async () => {
    while (!isOver) {
      await lead.event('agent_progress', { number: sent + 1 }, { onDrop: 'carry' })
      sent += 1
      await pause(EVERY_MS)
    }
  })()
  await troubles(async (count) => {
    for (const enough = sent + count; sent < enough; ) await pause(EVERY_MS)
  })
  const controller = new HubClient({ ...doors, sessionId, role: 'controller' })
  await controller.connect()
  const { actions } = await controller.command('run', 'tests', { onDrop: 'carry', timeoutMs: 60_000 })
  say(`a controller asked, the lead answered ${JSON.stringify(actions)}`)
  isOver = true
  await counting
  await lead.event('agent_progress', { number: 0 }, { onDrop: 'carry' })
  await Promise.all(watching.map(({ sawTheEnd }) => sawTheEnd))
  say('all observers saw the end')
  await Promise.all([controller.close(), lead.close()])
  return { sent, observers: seen.map((numbers) => judge(numbers, sent)) }
}

type Doors = Parameters<typeof subscribeToHub>[0]

/** Takes down every number that it is given. */
class Observer {
  readonly isThere: Promise<void>
  readonly sawTheEnd: Promise<void>

  constructor(doors: Doors, numbers: number[]) {
    let there: () => void = () => {}
    this.isThere = new Promise((resolve) => {
      there = resolve
    })
    this.sawTheEnd = this.#watch(doors, numbers, there)
  }

  async #watch(doors: Doors, numbers: number[], there: () => void): Promise<void> {
    for await (const message of subscribeToHub(doors)) {
      there()
      if (message.type !== 'broadcast' || message['event'] !== 'agent_progress') continue
      const { number } = message['data'] as { number: number }
      if (number === 0) return
      numbers.push(number)
    }
  }
}

function judge(numbers: readonly number[], sent: number): Tally['observers'][number] {
  const different = new Set(numbers)
  const missing = Array.from({ length: sent }, (_, i) => i + 1).filter((number) => !different.has(number)).length
  const isInOrder = numbers.every((number, i) => i === 0 || number > (numbers[i - 1] ?? 0))
  return { missing, doubled: numbers.length - different.size, isInOrder }
}
