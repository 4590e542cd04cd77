import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { VirtualClock } from '@holdfast/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ChaosProxy, startChaosProxy } from './index.ts'

/** A socket with everything that has arrived on it, and how it ended. */
class Peer {
  readonly socket: Socket
  received = ''
  ended = false
  error: string | undefined
  #changed: (() => void)[] = []

  constructor(socket: Socket) {
    this.socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#change(() => (this.received += text)))
    socket.on('end', () => this.#change(() => (this.ended = true)))
    socket.on('error', (error: NodeJS.ErrnoException) => this.#change(() => (this.error = error.code)))
    socket.on('close', () => this.#change(() => {}))
  }

  #change(apply: () => void): void {
    apply()
    for (const wake of this.#changed.splice(0)) wake()
  }

  async until(holds: (peer: this) => boolean): Promise<void> {
    while (!holds(this)) await new Promise<void>((resolve) => this.#changed.push(resolve))
  }
}

let target: Server
let clock: VirtualClock
let proxy: ChaosProxy
let accepted: Peer[]
let clients: Peer[]
let arrival: (() => void)[]

beforeEach(async () => {
  accepted = []
  clients = []
  arrival = []
  target = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(new Peer(socket))
    for (const wake of arrival.splice(0)) wake()
  })
  target.listen(0, '127.0.0.1')
  await once(target, 'listening')
  clock = new VirtualClock()
  proxy = await startChaosProxy({ target: { host: '127.0.0.1', port: portOf(target) }, clock })
})

afterEach(async () => {
  await proxy.close()
  for (const peer of [...clients, ...accepted]) peer.socket.destroy()
  target.close()
  expect(proxy.stats.open).toBe(0)
})

function portOf(server: Server): number {
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

function dial(): Peer {
  const client = new Peer(connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }))
  clients.push(client)
  return client
}

async function pair(): Promise<{ client: Peer; server: Peer }> {
  const count = accepted.length
  const client = dial()
  while (accepted.length === count) await new Promise<void>((resolve) => arrival.push(resolve))
  const server = accepted[count]
  if (server === undefined) throw new Error('expected the target to have accepted')
  client.socket.write('hi')
  await server.until((peer) => peer.received === 'hi')
  server.received = ''
  return { client, server }
}

/** Both ways are open and empty, as a round trip shows. */
async function roundTrip({ client, server }: { client: Peer; server: Peer }): Promise<void> {
  const before = [client.received, server.received] as const
  client.socket.write('?')
  await server.until((peer) => peer.received === `${before[1]}?`)
  server.socket.write('!')
  await client.until((peer) => peer.received === `${before[0]}!`)
}

it('the chaos proxy passes both ways unchanged, with FIN and half-open connections', async () => {
  const { client, server } = await pair()
  const big = 'x'.repeat(3_000_000)
  client.socket.end(big)
  await server.until((peer) => peer.ended)
  expect(server.received === big).toBe(true)
  server.socket.end('after your FIN')
  await client.until((peer) => peer.ended)
  expect(client.received).toBe('after your FIN')
  expect(client.error).toBeUndefined()
  expect(proxy.stats).toMatchObject({ accepted: 1, bytesUp: 3_000_002, bytesDown: 14 })
})

it('the chaos proxy passes a RST on, from either end', async () => {
  const first = await pair()
  first.server.socket.resetAndDestroy()
  await first.client.until((peer) => peer.error !== undefined)
  expect(first.client.error).toBe('ECONNRESET')
  const second = await pair()
  second.client.socket.resetAndDestroy()
  await second.server.until((peer) => peer.error !== undefined)
  expect(second.server.error).toBe('ECONNRESET')
})

it('the chaos proxy stops reading while the receiver does not take', async () => {
  const { client, server } = await pair()
  server.socket.pause()
  const full = new Promise<void>((resolve) => {
    const chunk = Buffer.alloc(65_536)
    // The system's buffers fill up until a write waits for good: then no write of ours completes any more.
    let waiting = 0
    const write = (): void => {
      if (waiting > 200) {
        resolve()
        return
      }
      waiting += 1
      client.socket.write(chunk, () => {
        waiting -= 1
      })
      setImmediate(write)
    }
    write()
  })
  await full
  expect(proxy.links[0]?.bufferedBytes).toBeLessThanOrEqual(131_072)
  const sent = client.socket.bytesWritten
  server.socket.resume()
  await server.until((peer) => peer.received.length >= sent - 'hi'.length)
})

it('the fault cut sends RST to both ends of every link', async () => {
  const pairs = [await pair(), await pair()]
  proxy.cut()
  for (const { client, server } of pairs) {
    await client.until((peer) => peer.error === 'ECONNRESET')
    await server.until((peer) => peer.error === 'ECONNRESET')
  }
  expect(proxy.links).toEqual([])
})

it.each(['down', 'up'] as const)('resetMidFrame %s: half of the next chunk arrives, then RST', async (direction) => {
  const { client, server } = await pair()
  const [from, to] = direction === 'down' ? [server, client] : [client, server]
  proxy.resetMidFrame({ direction })
  from.socket.write('0123456789')
  await to.until((peer) => peer.received.length >= 5)
  await clock.advance(20)
  await to.until((peer) => peer.error === 'ECONNRESET')
  expect(to.received).toBe('01234')
  await from.until((peer) => peer.error === 'ECONNRESET')
})

it('the fault fin shows both ends an end, not an error, and nothing that is sent later arrives', async () => {
  const { client, server } = await pair()
  proxy.fin()
  await client.until((peer) => peer.ended)
  await server.until((peer) => peer.ended)
  client.socket.end('late')
  server.socket.end('late')
  await client.until((peer) => peer.socket.destroyed)
  await server.until((peer) => peer.socket.destroyed)
  expect([client.received, server.received]).toEqual(['', ''])
  expect([client.error, server.error]).toEqual([undefined, undefined])
})

it('the fault blackHole in both directions passes nothing and notifies neither end; heal delivers everything in order', async () => {
  const { client, server } = await pair()
  proxy.blackHole()
  client.socket.write('up1')
  server.socket.write('down1')
  // A second link shows that time has passed for the sockets: it is accepted, and its target is not dialed.
  const late = dial()
  await once(late.socket, 'connect')
  late.socket.write('late')
  expect([client.received, server.received, accepted.length]).toEqual(['', '', 1])
  client.socket.end('up2')
  await proxy.heal()
  await server.until((peer) => peer.ended)
  await client.until((peer) => peer.received === 'down1')
  expect(server.received).toBe('up1up2')
  while (accepted.length < 2) await new Promise<void>((resolve) => arrival.push(resolve))
  await accepted[1]?.until((peer) => peer.received === 'late')
})

it('the fault blackHole in one direction leaves the other alone', async () => {
  const { client, server } = await pair()
  proxy.blackHole({ direction: 'up' })
  client.socket.write('held')
  server.socket.write('passes')
  await client.until((peer) => peer.received === 'passes')
  expect(server.received).toBe('')
  await proxy.heal()
  await server.until((peer) => peer.received === 'held')
})

it('the fault blackHole hides a dead end from the other one until heal', async () => {
  const { client, server } = await pair()
  proxy.blackHole({ direction: 'up' })
  client.socket.resetAndDestroy()
  await client.until((peer) => peer.socket.destroyed)
  const other = await startChaosProxy({ target: { host: '127.0.0.1', port: portOf(target) } })
  await other.close()
  server.socket.write('anyone?')
  expect([server.ended, server.error]).toEqual([false, undefined])
  await proxy.heal()
  await server.until((peer) => peer.error === 'ECONNRESET')
})

it('heal with links: reset ends the links that were in a black hole', async () => {
  const { client, server } = await pair()
  proxy.blackHole()
  client.socket.write('lost')
  await proxy.heal({ links: 'reset' })
  await client.until((peer) => peer.error === 'ECONNRESET')
  await server.until((peer) => peer.error === 'ECONNRESET')
  expect(server.received).toBe('')
})

it('the fault delay delivers everything late and in order', async () => {
  const { client, server } = await pair()
  proxy.delay(1_000)
  client.socket.end('later')
  while ((proxy.links[0]?.bufferedBytes ?? 0) < 5) await new Promise(setImmediate)
  await clock.advance(999)
  expect([server.received, proxy.links[0]?.bufferedBytes]).toEqual(['', 5])
  await clock.advance(1)
  await server.until((peer) => peer.ended)
  expect(server.received).toBe('later')
})

it('the fault throttle passes so many bytes a second, in order', async () => {
  const { client, server } = await pair()
  proxy.throttle(1_000)
  const text = Array.from({ length: 600 }, (_, i) => String(i).padStart(5, '0')).join('')
  client.socket.write(text)
  while ((proxy.links[0]?.bufferedBytes ?? 0) < 2_980) await new Promise(setImmediate)
  await clock.advance(979)
  expect(proxy.links[0]?.bytesUp).toBe(980 + 2)
  await clock.advance(2_021)
  await server.until((peer) => peer.received.length >= 3_000)
  expect(server.received).toBe(text)
})

it('the fault refuse closes the port for new connections, keeps open ones, and opens the same port again', async () => {
  const existing = await pair()
  const { port } = proxy
  await proxy.refuse(true)
  const refused = dial()
  await refused.until((peer) => peer.error !== undefined)
  expect(refused.error).toBe('ECONNREFUSED')
  await roundTrip(existing)
  await proxy.refuse(false)
  expect(proxy.port).toBe(port)
  await roundTrip(await pair())
})

it('the fault refuse with keepPort answers new connections with RST', async () => {
  await proxy.refuse(true, { keepPort: true })
  const client = dial()
  await client.until((peer) => peer.error === 'ECONNRESET')
  expect(accepted).toEqual([])
  expect(proxy.stats).toMatchObject({ accepted: 1, turnedAway: 1 })
})

it('the fault acceptThenDrop ends new connections at once, without the target', async () => {
  const existing = await pair()
  proxy.acceptThenDrop(true)
  const client = dial()
  await client.until((peer) => peer.ended)
  expect([client.error, accepted.length]).toEqual([undefined, 1])
  await roundTrip(existing)
  proxy.acceptThenDrop(false)
  await pair()
})

it('acceptThenDrop with afterMs: passes on until then', async () => {
  proxy.acceptThenDrop(true, { afterMs: 200 })
  const { client, server } = await pair()
  await clock.advance(199)
  await roundTrip({ client, server })
  await clock.advance(1)
  await client.until((peer) => peer.ended)
  await server.until((peer) => peer.ended)
})

it('the fault dropInHandshake lets exactly so many bytes of the answer through, then sends RST', async () => {
  proxy.dropInHandshake(true, { afterBytes: 9 })
  const { client, server } = await pair()
  server.socket.write('HTTP/1.1 101 Switching Protocols')
  await client.until((peer) => peer.received.length >= 9)
  await clock.advance(20)
  await client.until((peer) => peer.error === 'ECONNRESET')
  expect(client.received).toBe('HTTP/1.1 ')
  await server.until((peer) => peer.error === 'ECONNRESET')
})

it('the chaos proxy resets a client whose target cannot be reached', async () => {
  target.close()
  const client = dial()
  await client.until((peer) => peer.error === 'ECONNRESET')
  expect(proxy.stats).toMatchObject({ targetFailed: 1 })
})

it('the chaos proxy resets links beyond maxLinks', async () => {
  const small = await startChaosProxy({ target: { host: '127.0.0.1', port: portOf(target) }, maxLinks: 1 })
  const first = new Peer(connect(small.port, '127.0.0.1'))
  await once(first.socket, 'connect')
  const second = new Peer(connect(small.port, '127.0.0.1'))
  await second.until((peer) => peer.error === 'ECONNRESET')
  expect(small.stats).toMatchObject({ accepted: 2, open: 1, turnedAway: 1 })
  await small.close()
  await first.until((peer) => peer.socket.destroyed)
})

it('close resets what is open, frees the port, and may be called twice', async () => {
  const { client } = await pair()
  await Promise.all([proxy.close(), proxy.close()])
  await client.until((peer) => peer.error === 'ECONNRESET')
  const refused = dial()
  await refused.until((peer) => peer.error === 'ECONNREFUSED')
})

it('the chaos proxy rejects options that make no sense', async () => {
  await expect(startChaosProxy({ target: { host: 'x', port: 0 } })).rejects.toMatchObject({
    code: 'chaos/invalid_option',
  })
  expect(() => proxy.delay(-1)).toThrow(/whole number/)
  expect(() => proxy.throttle(Number.NaN)).toThrow(/whole number/)
})

it('the chaos proxy performs faults from the moment that they are given to it', async () => {
  const { client } = await pair()
  await clock.advance(1_000)
  const done = proxy.perform([{ atMs: 100, fault: { kind: 'reset' } }])
  await clock.advance(99)
  expect(proxy.links).toHaveLength(1)
  await clock.advance(1)
  await done
  await client.until(({ error }) => error !== undefined)
  expect(client.error).toBe('ECONNRESET')
})
