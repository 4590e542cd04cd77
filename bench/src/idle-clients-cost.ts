import { once } from 'node:events'
import { CoderHubWebSocketClient } from '@agentuity/core/coder'
import { Connection } from '@holdfast/core'
import { HubClient } from '@holdfast/hub'
import { ShellSession, shellEndpoint } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'
import PartySocket from 'partysocket/ws'
import { WebSocket } from 'ws'

/**
 * What an idle client of one kind costs: run in a process of its own by `idle-clients`, which gives the kind, the port
 * and how many, and reads both figures from standard output. In bytes for each client.
 */
const [kind = '', port = '', count = ''] = process.argv.slice(2)
const CLIENTS = Number(count)
/** Open before anything is counted, so that code that is compiled once is not. */
const WARM_UP = 200
/** Dialed at a time. */
const BATCH = 50
/** Idle is what it is after the first ten seconds, when a connection counts as stable, and after some probes. */
const SETTLE_MS = 25_000

const at = (path: string): string => `ws://127.0.0.1:${port}${path}`
const transport = nodeWebSocket()

/** Without compression, as all of ours are: its buffers would be counted as the client's. */
class PlainSocket extends WebSocket {
  constructor(url: string, protocols?: string | string[]) {
    super(url, protocols, { perMessageDeflate: false })
  }
}
Reflect.set(globalThis, 'WebSocket', PlainSocket)

/** A client that is open. */
type Open = () => Promise<unknown>

const KINDS: Readonly<Record<string, Open>> = {
  raw: async () => {
    const socket = new WebSocket(at('/'), { perMessageDeflate: false })
    await once(socket, 'open')
    return socket
  },
  partysocket: async () => {
    const socket: EventTarget = Reflect.construct(Object(PartySocket), [at('/'), [], { WebSocket: PlainSocket }])
    await new Promise((resolve) => socket.addEventListener('open', resolve))
    return socket
  },
  agentuity: async () => {
    let opened = (): void => {}
    const open = new Promise<void>((resolve) => {
      opened = resolve
    })
    const client = new CoderHubWebSocketClient({ url: at(''), role: 'observer', onInit: () => opened() })
    client.connect()
    await open
    return client
  },
  core: async () => {
    const connection = new Connection({ transport, target: at('/') })
    await connection.connect()
    return connection
  },
  hub: () => new HubClient({ transport, url: at('') }).connect(),
  shell: () => new ShellSession({ transport, target: shellEndpoint({ url: at('/shell') }) }).connect(),
}

function openerOf(name: string): Open {
  const open = KINDS[name]
  if (open === undefined) throw new Error(`expected one of ${Object.keys(KINDS).join(', ')}`)
  return open
}

async function settled(): Promise<{ heapUsed: number; rss: number }> {
  for (let n = 0; n < 4; n += 1) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return process.memoryUsage()
}

const open = openerOf(kind)
const held: unknown[] = []
async function openMany(many: number): Promise<void> {
  for (let n = 0; n < many; n += BATCH) held.push(...(await Promise.all(Array.from({ length: BATCH }, open))))
}

await openMany(WARM_UP)
const before = await settled()
await openMany(CLIENTS)
await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
const after = await settled()
if (held.length !== WARM_UP + CLIENTS) throw new Error('some are gone')
const each = (name: 'heapUsed' | 'rss'): number => (after[name] - before[name]) / CLIENTS
process.stdout.write(JSON.stringify({ heap: each('heapUsed'), rss: each('rss') }))
process.exit(0)
