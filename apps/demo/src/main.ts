import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type ChaosProxy, startChaosProxy } from '@holdfast/chaos-proxy'
import { Connection, explain, explainCause } from '@holdfast/core'
import { Cursor } from '@holdfast/core/protocol'
import { nodeWebSocket } from '@holdfast/transport-node'
import { lineProtocol } from './protocol.ts'

const HELP = `A live demonstration: a server and a client in two processes, and a network between them that breaks.

Usage: npm start [-- --help]

Both ends send numbered lines all the time. The connection is reset, left half-open, refused, and accepted and dropped.
At the end both ends compare what was sent and what came. Exit code 0: nothing was lost or doubled.
`

const colour = process.stdout.isTTY && process.env['NO_COLOR'] === undefined
const started = performance.now()

function say(text: string, code = 0): void {
  const at = `${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  `
  process.stdout.write(colour && code > 0 ? `${at}\u001b[${code}m${text}\u001b[0m\n` : `${at}${text}\n`)
}

const TROUBLES: readonly { readonly name: string; readonly happen: (proxy: ChaosProxy) => Promise<void> }[] = [
  { name: 'reset: the connection is cut', happen: async (proxy) => void proxy.cut() },
  {
    name: 'half-open: everything is lost, neither end is told',
    happen: async (proxy) => {
      proxy.blackHole()
      await sleep(5_000)
      proxy.heal({ links: 'reset' })
    },
  },
  {
    name: 'refused: nothing listens for 3 s',
    happen: async (proxy) => {
      await proxy.refuse(true)
      proxy.cut()
      await sleep(3_000)
      await proxy.refuse(false)
    },
  },
  {
    name: 'accept-then-drop: a server that takes calls and hangs up, for 4 s',
    happen: async (proxy) => {
      proxy.acceptThenDrop(true)
      proxy.cut()
      await sleep(4_000)
      proxy.acceptThenDrop(false)
    },
  },
  { name: 'reset in the middle of a message', happen: async (proxy) => void proxy.resetMidFrame() },
]

interface Tallies {
  readonly sent: number
  readonly received: number
  readonly lost: number
  readonly doubled: number
}

async function main(): Promise<number> {
  const server = fork(fileURLToPath(new URL('./server.js', import.meta.url)), { stdio: 'inherit' })
  const [{ port }] = (await once(server, 'message')) as [{ port: number }]
  const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port } })
  say(`server process ${server.pid} on port ${port}; the client dials it through a proxy that breaks things`)

  const cursor = new Cursor()
  const mine = { sent: 0, received: 0 }
  const client = new Connection({
    transport: nodeWebSocket(),
    target: `ws://${proxy.address}`,
    protocol: lineProtocol('demo', cursor),
    retry: { firstMs: 500, baseMs: 300, capMs: 2_000, limits: [{ max: 60, perMs: 60_000 }] },
    onMessage: () => {
      mine.received += 1
    },
    onStatus: ({ state }) => {
      if (state === 'waiting' || state === 'open') say(`  ${explain(client)}`)
    },
  })
  client.on('dropped', ({ cause }) => say(`  link lost: ${explainCause(cause)}`, 33))
  await client.connect()
  const talking = setInterval(() => {
    client.send({ type: 'line', seq: 0, text: `line ${mine.sent + 1}` })
    mine.sent += 1
  }, 20)

  await sleep(1_500)
  for (const { name, happen } of TROUBLES) {
    say(`── ${name}`, 36)
    await happen(proxy)
    while (client.state !== 'open') await once(statusOf(client), 'open')
    await sleep(1_500)
  }

  clearInterval(talking)
  server.send('quiet')
  while (client.metrics.queued + client.metrics.unconfirmed > 0) await sleep(50)
  await sleep(300)
  server.send('tally')
  const [{ tallies: theirs }] = (await once(server, 'message')) as [{ tallies: Tallies }]
  await client.close()
  await proxy.close()
  server.disconnect()
  return account(mine, theirs, cursor, client.metrics.dials)
}

function statusOf(client: {
  on(name: 'status', listener: (event: { status: { state: string } }) => void): () => void
}): EventTarget {
  const target = new EventTarget()
  const off = client.on('status', ({ status }) => {
    if (status.state !== 'open') return
    off()
    target.dispatchEvent(new Event('open'))
  })
  return target
}

function account(mine: { sent: number; received: number }, theirs: Tallies, cursor: Cursor, dials: number): number {
  const lost = mine.sent - theirs.received + (theirs.sent - mine.received)
  const doubled = theirs.doubled + (mine.received - (cursor.position?.seq ?? 0))
  process.stdout.write(`
                      sent   received
  client → server  ${String(mine.sent).padStart(7)}  ${String(theirs.received).padStart(9)}
  server → client  ${String(theirs.sent).padStart(7)}  ${String(mine.received).padStart(9)}

  dials ${dials} · sent again and dropped as duplicates ${cursor.duplicates} · lost ${lost} · doubled ${doubled}
`)
  return lost === 0 && doubled === 0 ? 0 : 1
}

const [flag] = process.argv.slice(2)
if (flag === '--help' || flag === '-h') {
  process.stdout.write(HELP)
} else if (flag !== undefined) {
  process.stderr.write(`Unknown argument "${flag}". Try: npm start -- --help\n`)
  process.exitCode = 2
} else {
  process.exitCode = await main()
}
