import { DurableStream, IdempotentProducer } from '@durable-streams/client'
import { seededRandom } from '@holdfast/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { MortalGateway, TOKEN } from '../e2e/support/mortal-gateway.ts'

const PRODUCERS = 3
const LONG = process.env['HOLDFAST_LONG'] === '1'
const MESSAGES = LONG ? 400 : 200
const KILLS = 3
const AWAY_MS = 200

/** Between two attempts: the gateway that is starting has the processor meanwhile. */
const PAUSE_MS = { first: 20, most: 320 }

const headers = { authorization: `Bearer ${TOKEN}` }

/** As a program has it that may not lose anything: what got no answer, or one that may pass, is sent again as it was. */
async function sentAgain(...request: Parameters<typeof fetch>): Promise<Response> {
  for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.most)) {
    const response = await fetch(...request).catch(() => undefined)
    if (response !== undefined && response.status < 500) return response
    await response?.body?.cancel()
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

/** What became of the messages of all producers. */
class Written {
  /** Answered with 200 or 204. */
  readonly acknowledged = new Set<string>()
  readonly errors: Error[] = []
  #waiting: { readonly count: number; readonly reached: () => void } | undefined

  acknowledge(messages: readonly unknown[]): void {
    for (const message of messages) this.acknowledged.add(String(message))
    if (this.acknowledged.size >= (this.#waiting?.count ?? Number.POSITIVE_INFINITY)) this.#waiting?.reached()
  }

  /** Resolves in the turn in which so many are acknowledged. */
  reaches(count: number): Promise<void> {
    if (this.acknowledged.size >= count) return Promise.resolve()
    return new Promise((reached) => {
      this.#waiting = { count, reached }
    })
  }
}

/** One producer's messages, numbered; each that was acknowledged is noted. */
async function produce(stream: DurableStream, id: string, written: Written): Promise<void> {
  const noted: typeof fetch = async (...request) => {
    const response = await sentAgain(...request)
    if (!response.ok) return response
    written.acknowledge(JSON.parse(String(request[1]?.body)))
    return response
  }
  const producer = new IdempotentProducer(stream, id, {
    ...{ headers, fetch: noted, lingerMs: 1, maxBatchBytes: 64, maxInFlight: 4 },
    onError: (error) => void written.errors.push(error),
  })
  for (let n = 0; n < MESSAGES; n++) {
    producer.append(JSON.stringify(`${id}-${n}`))
    if (n % 8 === 7) await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await producer.flush()
  await producer.detach()
}

const SEEDS = LONG ? [1, 2, 3, 4, 5, 6] : [1]

it.each(SEEDS)(
  'producers of the published client write each message once and in order, over kill -9 of the gateway (seed %i)',
  async (seed) => {
    const random = seededRandom(seed)
    const gateway = await MortalGateway.start()
    onTestFinished(() => gateway.close())
    const url = `${gateway.url}/streams/orders`
    const stream = await DurableStream.create({ url, headers, contentType: 'application/json', fetch: sentAgain })
    const written = new Written()
    const ids = Array.from({ length: PRODUCERS }, (_, at) => `producer-${at}`)
    const producing = Promise.all(ids.map((id) => produce(stream, id, written)))
    const all = PRODUCERS * MESSAGES
    const marks = Array.from({ length: KILLS }, (_, at) => Math.floor(((at + random()) / (KILLS + 1)) * all))
    let killed = 0
    for (const mark of marks) {
      await written.reaches(mark)
      if (written.acknowledged.size < all) killed += 1
      await gateway.killAndRestart(AWAY_MS)
    }
    await producing
    const response = await stream.stream({ live: false, offset: '-1' })
    const messages = (await response.json()).map(String)
    expect(written.errors).toEqual([])
    expect(killed).toBe(KILLS)
    for (const id of ids) {
      const own = messages.filter((message) => message.startsWith(`${id}-`))
      expect(own).toEqual(Array.from({ length: MESSAGES }, (_, n) => `${id}-${n}`))
    }
    expect(messages.length).toBe(all)
    expect([...written.acknowledged].filter((message) => !messages.includes(message))).toEqual([])
  },
)
