import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ShellSession, shellEndpoint } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'
import WebSocket from 'ws'
import { median, report } from './measure.ts'

/** Input of 200 bytes a message to a server without offsets, as fast as it is taken: what it costs the client. */
const MESSAGES = 20_000
const ROUNDS = 7
const LINE = new Uint8Array(200).fill(0x78)
const BYTES = MESSAGES * LINE.length

const peer = fork(fileURLToPath(new URL('./shell-input-peer.mjs', import.meta.url)), [String(BYTES)])
const [{ port }] = await once(peer, 'message')
const url = `ws://127.0.0.1:${port}`

interface Outcome {
  readonly cpuMicros: number
  readonly perSecond: number
  readonly frames: number
}

/** Runs `send` for all messages, 500 in a turn, and waits until the server has said in how many frames they came. */
async function measured(send: () => unknown, counted: Promise<string>): Promise<Outcome> {
  globalThis.gc?.()
  const cpu = process.cpuUsage()
  const started = performance.now()
  for (let n = 0; n < MESSAGES; n += 500) {
    await Promise.all(Array.from({ length: 500 }, send))
    await new Promise((resolve) => setImmediate(resolve))
  }
  const frames = Number(await counted)
  const { user, system } = process.cpuUsage(cpu)
  const perSecond = (MESSAGES / (performance.now() - started)) * 1_000
  return { cpuMicros: (user + system) / MESSAGES, perSecond, frames: frames / MESSAGES }
}

async function raw(): Promise<Outcome> {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  let counted: (text: string) => void = () => {}
  const frames = new Promise<string>((resolve) => {
    counted = resolve
  })
  socket.on('message', (data: Buffer) => data[0] === 1 && counted(data.subarray(1).toString()))
  await once(socket, 'open')
  const framed = Buffer.concat([Buffer.from([0]), LINE])
  const outcome = await measured(() => socket.send(framed), frames)
  socket.terminate()
  return outcome
}

async function ours(): Promise<Outcome> {
  const target = shellEndpoint({ url })
  const session = new ShellSession({ transport: nodeWebSocket(), target })
  await session.connect()
  const frames = (async () => {
    for await (const frame of session) if (frame.channel === 'stdout') return new TextDecoder().decode(frame.payload)
    return ''
  })()
  const outcome = await measured(() => session.send(LINE), frames)
  await session.detach()
  return outcome
}

await ours()
await raw()
const pairs: { readonly ours: Outcome; readonly raw: Outcome }[] = []
for (let round = 0; round < ROUNDS; round += 1) {
  const isFirst = round % 2 === 0
  const first = isFirst ? await ours() : await raw()
  const second = isFirst ? await raw() : await ours()
  pairs.push(isFirst ? { ours: first, raw: second } : { ours: second, raw: first })
}
const of = (value: (pair: (typeof pairs)[number]) => number): number => median(pairs.map(value))
const cpu = `${of((p) => p.ours.cpuMicros).toFixed(1)} µs a message against ${of((p) => p.raw.cpuMicros).toFixed(1)}`
report(
  'processor time',
  of((p) => p.ours.cpuMicros / p.raw.cpuMicros),
  '≤ 1.80',
  cpu,
)
const rates = `${Math.round(of((p) => p.ours.perSecond) / 1_000)}k/s against ${Math.round(of((p) => p.raw.perSecond) / 1_000)}k/s`
report(
  'messages a second',
  of((p) => p.ours.perSecond / p.raw.perSecond),
  '≥ 0.65',
  rates,
)
report(
  'frames of a message',
  of((p) => p.ours.frames),
  '≤ 1.05',
  '',
)
peer.disconnect()
