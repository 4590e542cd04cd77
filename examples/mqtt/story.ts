import { type ChaosProxy, startChaosProxy } from '@holdfast/chaos-proxy'
import { nodeSocket } from '@holdfast/transport-stream/node'
import { RETRY_OFTEN, throughFaults } from '../../tests/e2e/support/through-faults.ts'
import { mqttClient } from './mqtt-client.ts'

/** What became of it all. */
export interface Outcome {
  /** Payloads whose `publish()` resolved, and all of them. */
  readonly published: readonly string[]
  readonly asked: readonly string[]
  /** What was read, in order, with `gap` in the place of what may be missing. */
  readonly read: readonly string[]
}

/** One client publishes and another one reads, each behind a network with every fault, at the broker of this port. */
export async function mqttStory(port: number): Promise<Outcome> {
  const ways = await Promise.all([0, 1].map(() => startChaosProxy({ target: { host: '127.0.0.1', port } })))
  const [writer, reader] = ways.map((way, at) => clientBehind(way, `story-${at}-${port}`))
  const read: string[] = []
  const published: string[] = []
  const asked: string[] = []
  if (writer === undefined || reader === undefined) return { published, asked, read }
  // What a broker kept may come behind what is published now: read until nothing is missing.
  const isMissing = (text: string): boolean => !read.includes(text)
  const reading = (async () => {
    for await (const one of reader.subscribe('news/+')) {
      read.push(one.type === 'gap' ? 'gap' : String(one.message.payload))
      if (asked.at(-1) === 'end' && !asked.some(isMissing)) return
    }
  })()
  await reader.connection.connect()
  await writer.connection.connect()
  const pending: Promise<unknown>[] = []
  const publish = (text: string): void => {
    asked.push(text)
    pending.push(writer.publish('news/today', text).then(() => published.push(text)))
  }
  await pausedUntilBegun(publish, read)
  const ticking = setInterval(() => publish(`n${asked.length}`), 20)
  for (const [at, client] of [writer, reader].entries()) {
    const way = ways[at]
    if (way !== undefined) await throughFaults(way, client.connection, () => publish(`fault ${asked.length}`))
  }
  clearInterval(ticking)
  publish('end')
  await Promise.all(pending)
  await reading
  await Promise.all([writer, reader].map(({ connection }) => connection.close()))
  await Promise.all(ways.map((way) => way.close()))
  return { published, asked, read }
}

function clientBehind(way: ChaosProxy, clientId: string) {
  return mqttClient({
    transport: nodeSocket(),
    url: `tcp://${way.address}`,
    clientId,
    retry: RETRY_OFTEN,
    liveness: { intervalMs: 200, timeoutMs: 1_000 },
  })
}

/** The broker has the subscription when something comes of it. */
async function pausedUntilBegun(publish: (text: string) => void, read: readonly string[]): Promise<void> {
  while (read.length === 0) {
    publish('begin')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
