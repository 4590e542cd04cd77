import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createSecureServer, TLSSocket, type TlsOptions } from 'node:tls'
import type { WebSocketChannel } from '@holdfast/contract'
import { type ConformanceServer, type DialPlan, RecordingSink, type ServerLink } from '@holdfast/testkit/conformance'
import { acceptFramed, type FramedRequest } from '../src/index.ts'
import { socketChannel } from '../src/node/index.ts'

/** A server that does with each dial what the suite has planned for it. */
export interface StreamServer extends ConformanceServer {
  readonly address: string
  close(): Promise<void>
}

let paths = 0

export function freshPath(): string {
  paths += 1
  return join(tmpdir(), `holdfast-stream-${process.pid}-${paths}.sock`)
}

export async function startStreamServer(kind: 'tcp' | 'tls' | 'unix', tls: TlsOptions = {}): Promise<StreamServer> {
  const planned = new Planned()
  const server = kind === 'tls' ? createSecureServer(tls) : createServer({ pauseOnConnect: true })
  server.on(kind === 'tls' ? 'secureConnection' : 'connection', (socket: Socket) => void planned.take(socket))
  // Sockets whose handshake failed are gone by themselves.
  server.on('tlsClientError', () => {})
  const path = freshPath()
  await new Promise<void>((resolve) =>
    kind === 'unix' ? server.listen(path, resolve) : server.listen(0, '127.0.0.1', resolve),
  )
  return {
    address: kind === 'unix' ? `unix:${path}` : `${kind}://127.0.0.1:${portOf(server)}`,
    plan: (plan) => planned.plan(plan),
    dialed: () => planned.dials.take(),
    link: () => planned.links.take(),
    idle: () => planned.idle(),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      planned.cutAll()
      await closed
    },
  }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

class Planned {
  readonly links = queue<ServerLink>()
  dials = queue<void>()
  #plan: DialPlan = { kind: 'accept' }
  readonly #open = new Set<Socket>()
  #idle: (() => void)[] = []

  plan(plan: DialPlan): void {
    this.#plan = plan
    this.dials = queue()
  }

  idle(): Promise<void> {
    return this.#open.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve))
  }

  cutAll(): void {
    for (const socket of this.#open) socket.destroy()
  }

  async take(socket: Socket): Promise<void> {
    this.#open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#open.delete(socket)
      if (this.#open.size === 0) for (const tell of this.#idle.splice(0)) tell()
    })
    const request = await acceptFramed(socketChannel(socket)).catch(() => undefined)
    if (request === undefined) return
    const plan = this.#plan
    this.#plan = { kind: 'accept' }
    this.dials.put()
    if (plan.kind === 'reset') socket.destroy()
    else if (plan.kind === 'refuse') request.refuse(plan)
    else if (plan.kind === 'accept') this.#accept(request, plan, socket)
  }

  #accept(request: FramedRequest, plan: DialPlan & { kind: 'accept' }, socket: Socket): void {
    const channel = request.accept({ protocol: plan.protocol })
    this.links.put(linkOf(channel, request, socket))
    for (const frame of plan.greet ?? []) channel.send(frame)
    if (plan.thenClose !== undefined) channel.close(plan.thenClose.code, plan.thenClose.reason)
  }
}

function linkOf(channel: WebSocketChannel, { headers }: FramedRequest, socket: Socket): ServerLink {
  const sink = new RecordingSink<string | Uint8Array>()
  channel.start(sink)
  return {
    requestHeaders: headers,
    send: (frame) => channel.send(frame),
    received: (count) => sink.received(count),
    bufferedBytes: () => channel.bufferedBytes,
    close: (code, reason) => channel.close(code, reason),
    drop: () =>
      void (socket.remoteAddress === undefined || socket instanceof TLSSocket
        ? socket.destroy()
        : socket.resetAndDestroy()),
    stall: () => channel.pause(),
    unstall: () => channel.resume(),
    ended: () => sink.ended(),
  }
}

/** Hands values over in order: to who waits already, or to who asks later. */
function queue<T>(): { put(value: T): void; take(): Promise<T> } {
  const values: T[] = []
  const takers: ((value: T) => void)[] = []
  return {
    put: (value) => {
      const taker = takers.shift()
      if (taker === undefined) values.push(value)
      else taker(value)
    },
    take: () =>
      values.length > 0 ? Promise.resolve(values.shift() as T) : new Promise((resolve) => takers.push(resolve)),
  }
}
