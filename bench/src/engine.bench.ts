import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Connection, messages, Requests } from '@holdfast/core'
import { nodeWebSocket } from '@holdfast/transport-node'
import WebSocket from 'ws'
import { median, ratio, report } from './measure.ts'

const peer = fork(fileURLToPath(new URL('./peer.mjs', import.meta.url)))
const [port] = (await once(peer, 'message')) as [number]
const at = (path: string): string => `ws://127.0.0.1:${port}${path}`
const transport = nodeWebSocket()
const perSecond = (count: number, started: number): number => (count / (performance.now() - started)) * 1000

const INBOUND = 60_000

function rawInbound(): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(at(`/flood?count=${INBOUND}`), { perMessageDeflate: false })
    let seen = 0
    let started = 0
    socket.on('message', (data) => {
      const message = JSON.parse(data.toString())
      if (seen === 0) started = performance.now()
      if (message.type === 'broadcast') seen += 1
      if (seen < INBOUND) return
      resolve(perSecond(INBOUND, started))
      socket.terminate()
    })
  })
}

function callbackInbound(): Promise<number> {
  return new Promise((resolve) => {
    let seen = 0
    let started = 0
    const connection = new Connection<{ type: string }>({
      transport,
      target: at(`/flood?count=${INBOUND}`),
      onMessage: (message) => {
        if (seen === 0) started = performance.now()
        if (message.type === 'broadcast') seen += 1
        if (seen < INBOUND) return
        resolve(perSecond(INBOUND, started))
        void connection.close()
      },
    })
    void connection.connect()
  })
}

async function iteratorInbound(): Promise<number> {
  const connection = new Connection<{ type: string }>({ transport, target: at(`/flood?count=${INBOUND}`) })
  void connection.connect()
  let seen = 0
  let started = 0
  for await (const message of messages(connection)) {
    if (seen === 0) started = performance.now()
    if (message.type === 'broadcast') seen += 1
    if (seen === INBOUND) break
  }
  const result = perSecond(INBOUND, started)
  await connection.close()
  return result
}

const BURST = 500
const BURSTS = 60
const line = { type: 'event', id: 'event-1', event: 'message_update', data: { text: 'hello there', index: 7 } }

async function rawOutbound(): Promise<number> {
  const socket = new WebSocket(at(`/count?count=${BURST}`), { perMessageDeflate: false })
  await once(socket, 'open')
  const started = performance.now()
  for (let burst = 0; burst < BURSTS; burst += 1) {
    const done = once(socket, 'message')
    for (let n = 0; n < BURST; n += 1) socket.send(JSON.stringify(line))
    await done
  }
  const result = perSecond(BURST * BURSTS, started)
  socket.terminate()
  return result
}

async function engineOutbound(): Promise<number> {
  let done: () => void = () => {}
  const connection = new Connection({ transport, target: at(`/count?count=${BURST}`), onMessage: () => done() })
  await connection.connect()
  const started = performance.now()
  for (let burst = 0; burst < BURSTS; burst += 1) {
    const counted = new Promise<void>((resolve) => {
      done = resolve
    })
    for (let n = 0; n < BURST; n += 1) connection.send(line)
    await counted
  }
  const result = perSecond(BURST * BURSTS, started)
  await connection.close({ flushMs: 0 })
  return result
}

const ASKED = 3_000

async function rawRequests(): Promise<number> {
  const socket = new WebSocket(at('/echo'), { perMessageDeflate: false })
  await once(socket, 'open')
  let answered: (message: { id: string }) => void = () => {}
  socket.on('message', (data) => answered(JSON.parse(data.toString())))
  const times: number[] = []
  for (let n = 0; n < ASKED; n += 1) {
    const started = performance.now()
    const answer = new Promise((resolve) => {
      answered = resolve
    })
    socket.send(JSON.stringify({ id: `r${n}`, ask: 'time' }))
    await answer
    times.push(performance.now() - started)
  }
  socket.terminate()
  return median(times)
}

async function engineRequests(): Promise<number> {
  const connection = new Connection<{ id?: string }>({ transport, target: at('/echo') })
  const requests = new Requests(connection, { answers: (message: { id?: string }) => message.id })
  await connection.connect()
  const times: number[] = []
  for (let n = 0; n < ASKED; n += 1) {
    const started = performance.now()
    await requests.ask((id) => ({ id, ask: 'time' }))
    times.push(performance.now() - started)
  }
  await connection.close({ flushMs: 0 })
  return median(times)
}

const IDLE = 1_000

/** KiB of heap for each idle connection. */
async function heap(open: (index: number) => Promise<{ end(): void }>): Promise<number> {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  const held: { end(): void }[] = []
  for (let n = 0; n < IDLE; n += 1) held.push(await open(n))
  // Idle is what it is after the first ten seconds, when a connection counts as stable.
  await new Promise((resolve) => setTimeout(resolve, 11_000))
  globalThis.gc?.()
  const each = (process.memoryUsage().heapUsed - before) / IDLE / 1024
  for (const one of held) one.end()
  await new Promise((resolve) => setTimeout(resolve, 500))
  return each
}

async function rawIdle(): Promise<{ end(): void }> {
  const socket = new WebSocket(at('/echo'), { perMessageDeflate: false })
  await once(socket, 'open')
  return { end: () => socket.terminate() }
}

async function engineIdle(): Promise<{ end(): void }> {
  const connection = new Connection({ transport, target: at('/echo') })
  await connection.connect()
  return { end: () => void connection.close() }
}

const rate = (value: number): string => `${Math.round(value / 1000)}k/s`
const callback = await ratio(callbackInbound, rawInbound)
report('inbound, callback', callback.ratio, '≥ 0.95', `${rate(callback.ours)} against ${rate(callback.raw)}`)
const iterator = await ratio(iteratorInbound, rawInbound)
report('inbound, iterator', iterator.ratio, '≥ 0.88', `${rate(iterator.ours)} against ${rate(iterator.raw)}`)
const outbound = await ratio(engineOutbound, rawOutbound)
report('outbound, bursts of 500', outbound.ratio, '≥ 1.80', `${rate(outbound.ours)} against ${rate(outbound.raw)}`)
const asked = await ratio(engineRequests, rawRequests)
report(
  'request round trip, p50',
  asked.ratio,
  '≤ 1.10',
  `${asked.ours.toFixed(3)} ms against ${asked.raw.toFixed(3)} ms`,
)
const rawHeap = await heap(rawIdle)
const engineHeap = await heap(engineIdle)
report(
  'heap per idle connection, more than raw, KiB',
  engineHeap - rawHeap,
  '≤ 3',
  `${engineHeap.toFixed(1)} against ${rawHeap.toFixed(1)}`,
)
peer.disconnect()
