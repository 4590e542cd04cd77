import { startChaosProxy } from '@holdfast/chaos-proxy'
import { nodeSocket } from '@holdfast/transport-stream/node'
import { RETRY_OFTEN, throughFaults } from '../../tests/e2e/support/through-faults.ts'
import { connectNats } from './nats-client.ts'

/** What became of it all. */
export interface Outcome {
  /** Numbers whose `publish()` resolved, those whose outcome is unknown, and how many there were. */
  readonly published: readonly number[]
  readonly told: readonly number[]
  readonly count: number
  /** What was read, in order, with `gap` in the place of what may be missing. */
  readonly read: readonly (number | 'gap')[]
  /** Requests that were answered, of those that were made behind the faults and in them. */
  readonly answered: number
  readonly asked: number
}

/** One client publishes and asks, and another one reads and answers, each behind a network with every fault, at the server of this port. */
export async function natsStory(port: number, token: string): Promise<Outcome> {
  const ways = await Promise.all([0, 1].map(() => startChaosProxy({ target: { host: '127.0.0.1', port } })))
  const [writer, reader] = ways.map(({ address }) => clientOf(address, token))
  if (writer === undefined || reader === undefined) throw new Error('two ways were asked for')
  const read: (number | 'gap')[] = []
  const published: number[] = []
  const told: number[] = []
  let count = 0
  let answered = 0
  const requests: Promise<unknown>[] = []
  void (async () => {
    for await (const one of reader.subscribe('news.>')) {
      read.push(one.type === 'gap' ? 'gap' : Number(Buffer.from(one.message.payload).toString()))
    }
  })()
  void (async () => {
    for await (const one of reader.subscribe('questions')) {
      if (one.type === 'message') reader.publish(one.message.reply ?? '', one.message.payload)
    }
  })()
  const publish = (): void => {
    const n = count
    count += 1
    writer.publish('news.today', String(n)).then(
      () => published.push(n),
      () => told.push(n),
    )
  }
  const ask = (): void => {
    const answer = writer.request('questions', 'how', { onDrop: 'carry', timeoutMs: 3_000 })
    requests.push(answer.then(() => (answered += 1)).catch(() => {}))
  }
  await Promise.all([reader.connection.connect(), writer.connection.connect()])
  await until(() => read.length > 0, publish)
  const ticking = setInterval(publish, 20)
  for (const [at, client] of [writer, reader].entries()) {
    const way = ways[at]
    if (way !== undefined) await throughFaults(way, client.connection, ask)
  }
  clearInterval(ticking)
  await until(() => read.at(-1) === count - 1 && published.length + told.length === count, publish)
  ask()
  await Promise.all(requests)
  await Promise.all([writer, reader].map(({ connection }) => connection.close()))
  await Promise.all(ways.map((way) => way.close()))
  return { published, told, count, read, answered, asked: requests.length }
}

/** For more faults in seconds than there are in an hour. */
export function clientOf(address: string, token: string) {
  const servers = [`tcp://${address}`]
  const liveness = { intervalMs: 200, timeoutMs: 1_000 }
  return connectNats({ transport: nodeSocket(), servers, token, retry: RETRY_OFTEN, liveness })
}

/** Does it again and again until this is so. */
async function until(isSo: () => boolean, again: () => void): Promise<void> {
  while (!isSo()) {
    again()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
