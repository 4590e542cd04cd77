// Streams: appends of the published client against the published server, both flushing; and what an observer costs the gateway
// over sockets, event streams, pages, and pages behind nginx.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DurableStream } from '@durable-streams/client'
import { WebSocket } from 'ws'
import { startCache } from '../../tests/e2e/proxies/cache.ts'

const SECONDS = 4
const READERS = 1_000
const EVENTS = 15
const EVERY_MS = 1_000
const WARM_EVENTS = 30
const WARM_EVERY_MS = 100

interface Figures {
  readonly cpu: NodeJS.CpuUsage
  readonly requests: number
  readonly bytes: number
}

async function start(kind: string, folder = ''): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const child = fork(fileURLToPath(new URL('streams-peer.mjs', import.meta.url)), [kind, folder], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [{ url }] = await once(child, 'message')
  return { url, child }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

// ---- appends -------------------------------------------------------------------------------------

/** Appends a second over so many streams, so many at once in each; and the median of one. */
async function appends(
  url: string,
  streams: number,
  atOnce: number,
): Promise<{ perSecond: number; p50: number; refused: number }> {
  const name = `b-${streams}-${atOnce}-${Date.now()}`
  const handles: DurableStream[] = []
  for (let i = 0; i < streams; i++) {
    handles.push(
      await DurableStream.create({ url: `${url}/${name}-${i}`, contentType: 'application/json', batching: false }),
    )
  }
  const body = JSON.stringify({ text: 'x'.repeat(200) })
  const took: number[] = []
  let refused = 0
  const until = performance.now() + SECONDS * 1_000
  const write = async (handle: DurableStream): Promise<void> => {
    while (performance.now() < until) {
      const began = performance.now()
      // The published server says now and then that a stream is not there, and then that it is.
      const isTaken = await handle.append(body).then(
        () => true,
        () => false,
      )
      if (isTaken) took.push(performance.now() - began)
      else refused += 1
    }
  }
  await Promise.all(handles.flatMap((handle) => Array.from({ length: atOnce }, () => write(handle))))
  took.sort((a, b) => a - b)
  return { perSecond: took.length / SECONDS, p50: took[Math.floor(took.length / 2)] ?? 0, refused }
}

async function compareAppends(): Promise<void> {
  const folders = [mkdtempSync(join(tmpdir(), 'streams-')), mkdtempSync(join(tmpdir(), 'streams-'))] as const
  const [ours, theirs] = [await start('append-ours', folders[0]), await start('append-theirs', folders[1])]
  await appends(ours.url, 1, 8)
  await appends(theirs.url, 1, 8)
  for (const [streams, atOnce] of [
    [1, 1],
    [1, 32],
    [100, 1],
  ] as const) {
    const rounds: { ratio: number; p50: number; text: string }[] = []
    for (let round = 0; round < 3; round++) {
      const [we, they] = [await appends(ours.url, streams, atOnce), await appends(theirs.url, streams, atOnce)]
      const text = `${we.perSecond.toFixed(0)}/s against ${they.perSecond.toFixed(0)}/s, p50 ${we.p50.toFixed(2)} against ${they.p50.toFixed(2)} ms, refused ${we.refused} against ${they.refused}`
      rounds.push({ ratio: we.perSecond / they.perSecond, p50: we.p50 / they.p50, text })
    }
    rounds.sort((a, b) => a.ratio - b.ratio)
    const middle = rounds[1]
    say(
      `append, ${streams} streams × ${atOnce} at once: ${middle?.ratio.toFixed(2)} of the published server, p50 × ${middle?.p50.toFixed(2)} (${middle?.text})`,
    )
  }
  for (const { child } of [ours, theirs]) child.kill()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}

// ---- observers -----------------------------------------------------------------------------------

const agent = new Agent({ keepAlive: true, maxSockets: READERS })

/** Waits for the next page, again and again. Its stop is the end of the bench. */
async function follow(url: string, seen: { count: number }, state: { stopped: boolean }): Promise<void> {
  let offset = 'now'
  let cursor = ''
  while (!state.stopped) {
    const got = await new Promise<{ status: number; next: string; cursor: string; bytes: Buffer } | undefined>(
      (resolve) => {
        const asking = request(`${url}?${cursor}live=long-poll&offset=${offset}`, { agent }, (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () => {
            const { headers } = response
            resolve({
              status: response.statusCode ?? 0,
              next: String(headers['stream-next-offset']),
              cursor: String(headers['stream-cursor']),
              bytes: Buffer.concat(chunks),
            })
          })
        })
        asking.on('error', () => resolve(undefined)).end()
      },
    )
    if (got === undefined) return
    if (got.status === 200) seen.count += JSON.parse(got.bytes.toString()).length
    // As our own transport does it.
    cursor = got.next === offset ? `cursor=${got.cursor}&` : ''
    offset = got.next
  }
}

type Crowd = (url: string, seen: { count: number }) => Promise<() => void>

const sockets: Crowd = async (url, seen) => {
  const all = await Promise.all(
    Array.from({ length: READERS }, async () => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/api/ws?sessionId=s&role=observer&resume=1`)
      socket.on('message', (data) => {
        if (data.toString().includes('"broadcast"')) seen.count += 1
      })
      await once(socket, 'open')
      return socket
    }),
  )
  return () => all.forEach((socket) => void socket.terminate())
}

const eventStreams: Crowd = async (url, seen) => {
  const all = await Promise.all(
    Array.from({ length: READERS }, async () => {
      const asking = request(`${url}/api/hub/session/s/events?resume=1`, { agent: new Agent() })
      asking.on('error', () => {}).end()
      const [response] = await once(asking, 'response')
      response.on('data', (chunk: Buffer) => (seen.count += chunk.toString().split('event: broadcast').length - 1))
      response.on('error', () => {})
      return asking
    }),
  )
  return () => all.forEach((asking) => void asking.destroy())
}

const pages =
  (path: string): Crowd =>
  async (url, seen) => {
    const state = { stopped: false }
    for (let i = 0; i < READERS; i++) void follow(`${url}${path}`, seen, state)
    return () => {
      state.stopped = true
    }
  }

async function linkOf(url: string): Promise<string> {
  const response = await fetch(`${url}/streams/read-links`, { method: 'POST', body: '{"session":"s"}' })
  const { path }: { path?: unknown } = Object(await response.json())
  return String(path)
}

async function observerCost(name: string, crowd: Crowd, cached: boolean): Promise<number> {
  const { url, child } = await start('observers')
  const cache = cached ? await startCache(Number(new URL(url).port)) : undefined
  const path = cached ? await linkOf(url) : '/streams/sessions/s'
  const seen = { count: 0 }
  const made = name.startsWith('pages') ? pages(path) : crowd
  const stop = await made(cache?.url ?? url, seen)
  await pause(3_000)
  for (let n = 0; n < WARM_EVENTS; n++) {
    child.send('publish')
    await pause(WARM_EVERY_MS)
  }
  await pause(3_000)
  seen.count = 0
  child.send('begin')
  const [before]: [Figures] = (await once(child, 'message')) as [Figures]
  for (let n = 0; n < EVENTS; n++) {
    child.send('publish')
    await pause(EVERY_MS)
  }
  for (let tries = 0; tries < 100 && seen.count < READERS * EVENTS; tries++) await pause(100)
  const told = seen.count
  stop()
  child.send('figures')
  const [after]: [Figures] = (await once(child, 'message')) as [Figures]
  child.kill()
  await cache?.stop()
  const cpuUs = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system
  const each = READERS * EVENTS
  say(
    `${name}: ${(cpuUs / each).toFixed(2)} µs of the gateway's processor, ${((after.bytes - before.bytes) / each).toFixed(1)} bytes, ` +
      `${((after.requests - before.requests) / each).toFixed(4)} requests per observer and event; ${told} of ${each} told`,
  )
  return cpuUs / each
}

async function compareObservers(): Promise<void> {
  const overSockets = await observerCost('sockets', sockets, false)
  const behind = await observerCost('pages behind nginx', sockets, true)
  const overStreams = await observerCost('event streams', eventStreams, false)
  const direct = await observerCost('pages, direct', sockets, false)
  const of = (cost: number): string => (cost / overSockets).toFixed(3)
  say(`of sockets: event streams ${of(overStreams)}, pages ${of(direct)}, pages behind nginx ${of(behind)}`)
}

if (!process.argv.includes('observers')) await compareAppends()
await compareObservers()
process.exit(0)
