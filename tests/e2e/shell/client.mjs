// A shell client in a process of its own, which can be stopped. The parent's first message says where to connect; it types
// until it is told to end, and then tells what it typed, read, and how it ended.
import { createHash, randomBytes } from 'node:crypto'
import { ShellSession, shellEndpoint } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'

const TRAILER = 256
const READY = 'READY'
const { url, command } = await new Promise((resolve) => process.once('message', resolve))
const session = new ShellSession({
  transport: nodeWebSocket(),
  target: shellEndpoint({ url, token: 'secret', command }),
  retry: { baseMs: 5, firstMs: 5, capMs: 40, limits: [], flapLimits: [] },
})
const read = { hash: createHash('sha256'), bytes: 0, gaps: 0 }
const typed = { hash: createHash('sha256'), bytes: 0 }
let tail = Buffer.alloc(0)
let greeting = READY.length

async function readAll() {
  for await (const { channel, payload } of session) {
    if (channel === 'gap') read.gaps += 1
    if (channel !== 'stdout') continue
    const skipped = Math.min(greeting, payload.length)
    greeting -= skipped
    const all = Buffer.concat([tail, payload.subarray(skipped)])
    const body = all.subarray(0, Math.max(0, all.length - TRAILER))
    read.hash.update(body)
    read.bytes += body.length
    tail = all.subarray(body.length)
  }
}

const reading = readAll()
await session.connect()
while (greeting > 0) await new Promise((resolve) => setTimeout(resolve, 5))
let ending = false
process.once('message', () => {
  ending = true
})
process.send({ at: 'ready' })
while (!ending) {
  // A zero byte ends the program.
  const piece = randomBytes(1_000).map((byte) => byte || 1)
  typed.hash.update(piece)
  typed.bytes += piece.length
  await session.send(piece)
  await new Promise((resolve) => setTimeout(resolve, 5))
}
await session.flush()
await session.send(new Uint8Array([0]))
const result = await session.result
await reading
process.send({
  at: 'ended',
  result,
  gaps: read.gaps,
  read: { bytes: read.bytes, sha: read.hash.digest('hex') },
  typed: { bytes: typed.bytes, sha: typed.hash.digest('hex') },
  trailer: JSON.parse(tail.toString()),
})
process.disconnect()
