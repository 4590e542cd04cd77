import { HubClient, type HubOptions } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterEach, expect, it } from 'vitest'
import { eventually } from './support/cuts.ts'
import { MortalGateway, TOKEN } from './support/mortal-gateway.ts'

const LONG = process.env['HOLDFAST_LONG'] === '1'
const CLIENTS = LONG ? 1_000 : 200
const SESSIONS = 10
const EVENTS = 50
const AWAY_MS = 2_000
const SLOT_MS = 100
/** Share of the clients. Those that a person waits for are back at once, so they bunch: 25 to 35 of 200 were seen. */
const MOST_IN_A_SLOT = 0.25
/**
 * From the moment that the server is ready, after an absence of `AWAY_MS` and a quick start. The short form runs on machines
 * that are busy with the other tests: there the last dial counts, as its client decided it, and an absence that a slow start
 * made longer makes this longer in proportion, as it does with the delays between dials.
 */
const BACK_MS = LONG ? 5_000 : 7_000
const QUICK_START_MS = 1_000

const ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

/** A client with the retry options that everybody has who gives none. */
class Sailor {
  readonly client: HubClient
  readonly numbers: number[] = []
  readonly complaints: string[] = []
  /** When it dialed, by its own decision: a process with so many clients may be late. */
  readonly dials: number[] = []
  backAt = 0
  #until = 0

  constructor(options: Pick<HubOptions, 'url' | 'role' | 'sessionId'>) {
    this.client = new HubClient({
      ...options,
      transport: nodeWebSocket(),
      token: TOKEN,
      onMessage: (message) => void (message.type === 'broadcast' && this.numbers.push(Number(Object(message.data).n))),
      onGap: (gap) => void this.complaints.push(`gap ${JSON.stringify(gap)}`),
      // That the server is away is told, and no complaint.
      onProblem: ({ code, message }) =>
        void (code !== 'hub/unreachable' && this.complaints.push(`${code}: ${message}`)),
    })
    this.client.connection.on('status', ({ status }) => {
      if (status.state === 'waiting') this.#until = status.until
      if (status.state === 'dialing') this.dials.push(this.#until)
      if (status.state === 'open') this.backAt = performance.now()
    })
    ending.push(async () => this.client.close({ flushMs: 0 }))
  }

  say(first: number): void {
    for (let n = first; n < first + EVENTS; n += 1)
      this.client.send({ type: 'event', id: `e${n}`, event: 'x', data: { n } })
  }
}

async function aboard(options: Pick<HubOptions, 'url' | 'role' | 'sessionId'>): Promise<Sailor> {
  const sailor = new Sailor(options)
  await sailor.client.connect()
  return sailor
}

it(`the hub gets ${CLIENTS} clients back after a restart, spread out, with nothing lost`, async () => {
  const gateway = await MortalGateway.start()
  ending.push(() => gateway.close())
  const { url } = gateway
  const leads = await Promise.all(Array.from({ length: SESSIONS }, () => aboard({ url, role: 'lead' })))
  const observers: Sailor[] = []
  while (observers.length < CLIENTS - SESSIONS) {
    const wave = leads.map(({ client: { sessionId } }) => aboard({ url, role: 'observer', sessionId }))
    observers.push(...(await Promise.all(wave)))
  }
  const all = [...leads, ...observers]
  for (const lead of leads) lead.say(1)
  await eventually(() => observers.every(({ numbers: { length } }) => length === EVENTS), 'the first events')

  await gateway.kill()
  const goneAt = performance.now()
  await eventually(() => all.every(({ client }) => !client.isConnected), 'everybody notices')
  for (const lead of leads) lead.say(EVENTS + 1)
  await new Promise((resolve) => setTimeout(resolve, AWAY_MS))
  const restartedAt = performance.now()
  await gateway.restart()
  const backAt = performance.now()
  await eventually(() => all.every(({ client }) => client.isConnected), 'everybody is back')
  await eventually(() => observers.every(({ numbers: { length } }) => length >= 2 * EVENTS), 'the later events')

  const dials = all.flatMap((sailor) => sailor.dials).filter((at) => at >= restartedAt)
  const most = Math.max(...dials.map((from) => dials.filter((at) => at >= from && at < from + SLOT_MS).length))
  const stretch = LONG ? 1 : Math.max(1, (backAt - goneAt) / (AWAY_MS + QUICK_START_MS))
  const inTime = all.filter(({ backAt: openAt, dials }) => {
    return ((LONG ? undefined : dials.at(-1)) ?? openAt) - backAt <= BACK_MS * stretch
  })
  process.stdout.write(
    `  ${CLIENTS} clients: at most ${most} dials in ${SLOT_MS} ms, ${dials.length} after the restart; ready after ` +
      `${Math.round(backAt - restartedAt)} ms, then 99 % after ${Math.round(quantile(all, backAt))} ms\n`,
  )
  expect(most).toBeLessThanOrEqual(MOST_IN_A_SLOT * CLIENTS)
  expect(inTime.length).toBeGreaterThanOrEqual(0.99 * CLIENTS)
  const numbers = Array.from({ length: 2 * EVENTS }, (_, index) => index + 1)
  for (const { numbers: got, complaints } of observers)
    expect({ got, complaints }).toEqual({ got: numbers, complaints: [] })
  for (const { complaints } of leads) expect(complaints).toEqual([])
})

function quantile(all: readonly Sailor[], since: number): number {
  const times = all.map(({ backAt }) => backAt - since).sort((a, b) => a - b)
  return times[Math.ceil(0.99 * times.length) - 1] ?? Number.NaN
}
