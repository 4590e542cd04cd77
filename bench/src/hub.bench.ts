import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { HubClient, type HubOptions } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import WebSocket from 'ws'
import { type Contender, median, ratio, report } from './measure.ts'

const transport = nodeWebSocket()
const rate = (value: number): string => `${Math.round(value / 1_000)}k/s`
const processes: ChildProcess[] = []

interface Peer {
  readonly url: string
  cpuMs(): Promise<number>
}

async function peer(...args: readonly string[]): Promise<Peer> {
  const child = fork(fileURLToPath(new URL('./hub-peer.mjs', import.meta.url)), args)
  processes.push(child)
  const [{ port }] = await once(child, 'message')
  const cpuMs = async (): Promise<number> => {
    child.send('cpu')
    const [answer] = await once(child, 'message')
    return answer.cpuMs
  }
  return { url: `ws://127.0.0.1:${port}`, cpuMs }
}

const wire = await peer('wire')
const near = await peer('proxy', new URL(wire.url).port, '0')
const far = await peer('proxy', new URL(wire.url).port, '25')

// ---- in -----------------------------------------------------------------------------------------

const INBOUND = 120_000

function rawInbound(): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${wire.url}/api/ws?sessionId=flood-${INBOUND}`, { perMessageDeflate: false })
    let seen = 0
    let started = 0
    socket.on('message', (data) => {
      const message = JSON.parse(data.toString())
      if (message.type !== 'broadcast') return
      if (seen === 0) started = performance.now()
      seen += 1
      if (seen < INBOUND) return
      resolve(perSecond(INBOUND, started))
      socket.terminate()
    })
  })
}

function clientInbound(validate: boolean): Contender {
  return () =>
    new Promise((resolve) => {
      let seen = 0
      let started = 0
      const client = new HubClient({
        transport,
        url: wire.url,
        sessionId: `flood-${INBOUND}`,
        validate,
        onMessage: (message) => {
          if (message.type !== 'broadcast') return
          if (seen === 0) started = performance.now()
          seen += 1
          if (seen < INBOUND) return
          resolve(perSecond(INBOUND, started))
          client.close({ flushMs: 0 })
        },
      })
      void client.connect()
    })
}

// ---- out ----------------------------------------------------------------------------------------

const OUTBOUND = 60_000
const message = (n: number): Parameters<HubClient['send']>[0] => ({
  type: 'event',
  id: `event-${n}`,
  event: 'message_update',
  data: { text: 'hello there', index: n },
})

async function rawOutbound(): Promise<number> {
  const socket = new WebSocket(`${wire.url}/api/ws?role=lead&sessionId=take-${OUTBOUND}`, { perMessageDeflate: false })
  const done = new Promise<void>((resolve) => {
    socket.on('message', (data) => void (data.toString() === '{"type":"done"}' && resolve()))
  })
  await once(socket, 'open')
  const started = performance.now()
  for (let n = 0; n < OUTBOUND; n += 1) {
    socket.send(JSON.stringify(message(n)))
    if (n % 500 === 499) await turn()
  }
  await done
  socket.terminate()
  return perSecond(OUTBOUND, started)
}

/** Each message kept until it is acknowledged, in order. The rate of the acknowledgements once they come. */
function exactOutbound(url: string, from: 'send' | 'acknowledged'): Contender {
  return async () => {
    let done: () => void = () => {}
    const finished = new Promise<void>((resolve) => {
      done = resolve
    })
    const options: HubOptions = {
      transport,
      url,
      role: 'lead',
      sessionId: `take-${OUTBOUND}`,
      queue: { maxCount: OUTBOUND, maxBytes: OUTBOUND * 1_000 },
      onMessage: ({ type }) => void (String(type) === 'done' && done()),
    }
    const client = new HubClient(options)
    await client.connect()
    let started = performance.now()
    for (let n = 0; n < OUTBOUND; n += 1) {
      const delivery = client.send(message(n))
      if (n === 0 && from === 'acknowledged') {
        void delivery.then(() => {
          started = performance.now()
        })
      }
      if (n % 500 === 499) await turn()
    }
    await finished
    client.close({ flushMs: 0 })
    return perSecond(OUTBOUND, started)
  }
}

// ---- fan-out ------------------------------------------------------------------------------------

const OBSERVERS = 1_000
const CAST = 100

/** A lead and a thousand observers, all of them raw: what is measured is the server. */
async function audience(server: Peer): Promise<{ readonly run: Contender; readonly cpu: () => number; end(): void }> {
  const sockets: WebSocket[] = []
  let got = 0
  let done: () => void = () => {}
  const lead = await opened(`${server.url}/api/ws?role=lead&sessionId=cast`)
  sockets.push(lead)
  while (sockets.length <= OBSERVERS) {
    const wave = Array.from({ length: 50 }, () => opened(`${server.url}/api/ws?role=observer&sessionId=cast&resume=1`))
    for (const socket of await Promise.all(wave)) {
      sockets.push(socket)
      socket.on('message', (data: Buffer) => {
        // {"type":"broadcast": distinguished from presence, marks and the rest by one byte.
        if (data[9] !== 0x62) return
        got += 1
        if (got === CAST * OBSERVERS) done()
      })
    }
  }
  const payload = 'the quick brown fox jumps over the lazy dog '.repeat(4)
  let sent = 0
  const cpu: number[] = []
  const run = async (): Promise<number> => {
    got = 0
    const finished = new Promise<void>((resolve) => {
      done = resolve
    })
    const before = await server.cpuMs()
    const started = performance.now()
    for (let n = 0; n < CAST; n += 1) {
      sent += 1
      lead.send(castMessage(server, sent, payload))
    }
    await finished
    const result = perSecond(CAST * OBSERVERS, started)
    cpu.push((await server.cpuMs()) - before)
    return result
  }
  const end = (): void => {
    for (const socket of sockets) socket.terminate()
  }
  return { run, cpu: () => median(cpu), end }
}

/** The hub makes a broadcast of an event; raw ws passes on the broadcast that the hub would have made. */
function castMessage(server: Peer, n: number, text: string): string {
  const data = { text, n }
  if (server !== wire) return JSON.stringify({ type: 'event', id: `e${n}`, event: 'message_update', data })
  const told = { type: 'broadcast', event: 'message_update', data, category: 'message', sessionId: 'cast' }
  return JSON.stringify({ ...told, timestamp: Date.now(), seq: n, anchor: '0123abcd' })
}

async function opened(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  await once(socket, 'message')
  return socket
}

// ---- the report ---------------------------------------------------------------------------------

function perSecond(count: number, started: number): number {
  return (count / (performance.now() - started)) * 1_000
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

const against = (one: { readonly ours: number; readonly raw: number }): string =>
  `${rate(one.ours)} against ${rate(one.raw)}`
const checked = await ratio(clientInbound(true), rawInbound)
report('client inbound, validated', checked.ratio, '≥ 0.85', against(checked))
const trusted = await ratio(clientInbound(false), rawInbound)
report('client inbound, not validated', trusted.ratio, '≥ 0.95', against(trusted))
const outbound = await ratio(exactOutbound(wire.url, 'send'), rawOutbound)
report('exact delivery outbound', outbound.ratio, '≥ 0.80', against(outbound))
const delayed = await ratio(exactOutbound(far.url, 'acknowledged'), exactOutbound(near.url, 'acknowledged'))
report('the same 25 ms away, against no distance', delayed.ratio, '≥ 0.90', against(delayed))
const hub = await peer('hub')
const ours = await audience(hub)
const raws = await audience(wire)
const cast = await ratio(ours.run, raws.run)
const cpu = `${against(cast)}; processor of the server ${Math.round(ours.cpu())} ms against ${Math.round(raws.cpu())} ms`
report(`fan-out to ${OBSERVERS}, with append`, cast.ratio, '≥ 0.70', cpu)
ours.end()
raws.end()
for (const child of processes) child.disconnect()
