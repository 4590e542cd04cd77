import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type GatewayProcess, startGateway } from './gateway-process.ts'

const MIB = 1024 * 1024
const AUTHORIZED = { headers: { authorization: 'Bearer t' } } as const
const IN_FLIGHT = 12
const LONG = process.env['HOLDFAST_LONG'] === '1'
/** A smaller one is full sooner. */
const HEAP_MIB = LONG ? 256 : 96
/** A quarter of that heap is for open sessions; the young part of it counts, too. */
const MAX_OPEN_BYTES = (HEAP_MIB / 4 + 16) * MIB
/** New sessions are let in at 5 a second, and 300 MB take a busy machine a while. */
const WITHIN_MS = LONG ? 1_200_000 : 180_000
/** Of 240 kB: 108 MB, in the long form 300 MB. */
const EVENTS = LONG ? 1_250 : 450
/** Each holds more than 2 MB: without a bound on all of them they are more than the heap. */
const SESSIONS = LONG ? 2_000 : 60
const LANES = 4

let folder = ''
let gateway: GatewayProcess
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-heap-'))
  const args = ['--port', '0', '--token', 't', '--data', folder, '--shell', 'none']
  gateway = await startGateway(args, { NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}` })
})
afterAll(async () => {
  await gateway?.stop('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
})

interface Said {
  readonly sessionId: string
  readonly acked: number
}

/** Leads a session of its own and says so many events of so many characters; resolves when all are acknowledged. */
function say(
  count: number,
  length: number,
  event: string,
  ready?: (sessionId: string) => Promise<void>,
): Promise<Said> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/api/ws?role=lead&resume=1`, AUTHORIZED)
    let sessionId = ''
    let sent = 0
    let acked = 0
    const more = (): void => {
      for (; sent < count && sent - acked < IN_FLIGHT; sent++) {
        const data = { content: `${sent} `.padEnd(length, 'what a lead says ') }
        socket.send(JSON.stringify({ type: 'event', id: `e${sent}`, event, data }))
      }
      if (acked === count) socket.close()
    }
    socket.on('message', (frame) => {
      const message = JSON.parse(String(frame))
      if (message.type === 'acked') acked += message.ids.length
      if (message.type === 'init') {
        sessionId = message.sessionId
        const begun = ready?.(sessionId) ?? Promise.resolve()
        begun.then(more, reject)
      } else if (sent > 0) more()
    })
    socket.on('error', reject)
    socket.on('close', (code, reason) => {
      if (acked === count) resolve({ sessionId, acked })
      else reject(new Error(`closed with ${code} ${reason} after ${acked} of ${count}`))
    })
  })
}

/** Comes into a session and takes nothing any more. */
async function stoppedReader(sessionId: string): Promise<WebSocket> {
  const url = `${gateway.url.replace('http', 'ws')}/api/ws?role=observer&resume=1&sessionId=${sessionId}`
  const socket = new WebSocket(url, AUTHORIZED)
  socket.on('error', () => {})
  await once(socket, 'open')
  socket.pause()
  return socket
}

/** Says a little in a session of its own, as soon as one more is let in. */
async function sayPatiently(): Promise<void> {
  for (;;) {
    const refused = await say(5, 240_000, 'message_end').then(() => '', String)
    if (refused === '') return
    if (!refused.includes('Too many new sessions')) throw new Error(refused)
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
}

async function gauge(name: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`, AUTHORIZED)).text()
  return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1])
}

async function isWell(): Promise<void> {
  expect(gateway.child.exitCode).toBeNull()
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200)
  expect(await gauge('holdfast_hub_session_bytes')).toBeLessThan(MAX_OPEN_BYTES)
}

it(
  'a gateway with a small heap outlives a lead that says more than that, and a reader that never reads',
  async () => {
    const readers: WebSocket[] = []
    const { acked } = await say(EVENTS, 240_000, 'message_end', async (sessionId) => {
      readers.push(await stoppedReader(sessionId))
    })
    expect(acked).toBe(EVENTS)
    await isWell()
    for (const reader of readers) reader.terminate()
  },
  WITHIN_MS,
)

it(
  'a gateway with a small heap outlives sessions that are opened in turn',
  async () => {
    let opened = 0
    const lane = async (): Promise<void> => {
      while (opened++ < SESSIONS) await sayPatiently()
    }
    await Promise.all(Array.from({ length: LANES }, lane))
    await isWell()
  },
  WITHIN_MS,
)
