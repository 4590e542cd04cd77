import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Principal } from '@holdfast/gate/internals'
import {
  type ClientControl,
  decodeServerControl,
  decodeStatus,
  encodeControl,
  encodeOutputAck,
  encodeResize,
  type ServerControl,
  type ShellConfirmation,
  type ShellExit,
} from '@holdfast/protocol/shell'
import { decodeFrame, encodeFrames, type KnownChannel } from '@holdfast/shell-framing'
import { WebSocket } from 'ws'
import {
  attachShells,
  type DefaultPolicyOptions,
  defaultPolicy,
  ShellHost,
  type ShellHostOptions,
} from '../src/index.ts'

const principal = (id: string): Principal => ({ id, scopes: new Set(['shell']) })
/** Tokens of the tests. */
export const TOKENS: ReadonlyMap<string, Principal> = new Map([
  ['secret', principal('ada')],
  ['other', principal('bob')],
  ['weak', { id: 'eve', scopes: new Set(['observe']) }],
])

export interface TestServer extends AsyncDisposable {
  readonly host: ShellHost
  readonly url: string
}

/** A host behind a real http server on a free port. */
export async function startServer(
  options: ShellHostOptions & { readonly shell?: DefaultPolicyOptions; readonly origins?: readonly string[] } = {},
): Promise<TestServer> {
  const { shell, origins, ...hostOptions } = options
  const policy = defaultPolicy({ shell: '/bin/bash', shellArgs: ['--norc', '--noprofile'], cwd: '/', ...shell })
  const host = new ShellHost({ policy, ...hostOptions })
  const endpoint = attachShells(host, {
    authenticate: ({ bearer, apiKey }) => TOKENS.get(bearer ?? apiKey ?? ''),
    origins,
  })
  const server: Server = createServer()
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (endpoint.handles((request.url ?? '').split('?')[0] ?? '')) endpoint.upgrade(request, socket, head)
    else socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    host,
    url: `ws://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await host.close()
      server.closeAllConnections()
      server.close()
    },
  }
}

export interface DialOptions {
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly protocols?: readonly string[]
}

/** It counts bytes of the program: a picture of the terminal has to be asked for. */
function counting(url: string): string {
  return !url.includes('shellId=') || url.includes('screen=') ? url : `${url}&screen=none`
}

/** A bare client of the wire: collects what comes and waits for what is expected. */
export class TestClient {
  readonly socket: WebSocket
  readonly stdout: Buffer[] = []
  readonly stderr: Buffer[] = []
  readonly confirmations: ShellConfirmation[] = []
  readonly controls: ServerControl[] = []
  readonly inputAcks: number[] = []
  readonly raw: Buffer[] = []
  exit: ShellExit | undefined
  closed: { readonly code: number; readonly reason: string } | undefined
  received = 0
  consume = true
  #changed: (() => void)[] = []

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer) => this.#message(data))
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() }
      this.#notify()
    })
    socket.on('error', () => {})
  }

  static async dial(url: string, options: DialOptions = {}): Promise<TestClient> {
    const headers = { ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }) }
    const socket = new WebSocket(counting(url), [...(options.protocols ?? [])], {
      headers: { ...headers, ...options.headers },
    })
    const client = new TestClient(socket)
    await once(socket, 'open')
    return client
  }

  get text(): string {
    return Buffer.concat(this.stdout).toString()
  }

  get confirmation(): ShellConfirmation | undefined {
    return this.confirmations.at(-1)
  }

  send(channel: KnownChannel, payload: Uint8Array | string = ''): void {
    for (const frame of encodeFrames(channel, payload)) this.socket.send(frame)
  }

  type(text: string): void {
    this.send('stdin', text)
  }

  control(control: ClientControl): void {
    this.send('ctrl', encodeControl(control))
  }

  resize(width: number, height: number): void {
    this.send('resize', encodeResize({ width, height }))
  }

  /** Says hello, as one that sends again nothing that the shell has, and acknowledges from then on. */
  async hello(input?: number): Promise<void> {
    await this.until(() => this.confirmation !== undefined)
    const { lease = '', in: had = 0 } = this.confirmation?.holdfast ?? {}
    this.control({ type: 'hello', lease, in: input ?? had })
    await this.until(() => this.inputAcks.length > 0)
    this.acknowledge()
  }

  acknowledge(): void {
    this.send('ack', encodeOutputAck({ received: this.received, consumed: this.received }))
  }

  /** Resolves when the condition holds; it is looked at whenever something came. Rejects when the socket closed without it. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.closed !== undefined) throw new Error(`closed with ${this.closed.code} ${this.closed.reason}`)
      await new Promise<void>((resolve) => void this.#changed.push(resolve))
    }
  }

  /** Resolves when STDOUT contains the text. Looks at every byte once. */
  async untilText(text: string): Promise<void> {
    let seen = 0
    let tail = ''
    await this.until(() => {
      const fresh = this.stdout.slice(seen)
      seen = this.stdout.length
      tail += Buffer.concat(fresh).toString()
      const found = tail.includes(text)
      tail = tail.slice(-text.length)
      return found
    })
  }

  async untilClosed(): Promise<{ readonly code: number; readonly reason: string }> {
    while (this.closed === undefined) await new Promise<void>((resolve) => void this.#changed.push(resolve))
    return this.closed
  }

  #message(data: Buffer): void {
    this.raw.push(data)
    const decoded = decodeFrame(data)
    if (!decoded.ok) throw new Error(decoded.issue)
    const { channel, payload } = decoded.message
    if (channel === 'stdout') this.#output(payload)
    if (channel === 'stderr') this.stderr.push(Buffer.from(payload))
    if (channel === 'status') this.#status(payload)
    if (channel === 'ctrl') {
      const control = decodeServerControl(payload)
      if (control.ok) this.controls.push(control.message)
      if (control.ok && control.message.type === 'gap') this.received = control.message.to
    }
    if (channel === 'ack') this.inputAcks.push(Number(Buffer.from(payload).readBigUInt64BE()))
    this.#notify()
  }

  #output(payload: Uint8Array): void {
    this.stdout.push(Buffer.from(payload))
    this.received += payload.length
    if (this.inputAcks.length > 0 && this.consume) this.acknowledge()
  }

  #status(payload: Uint8Array): void {
    const status = decodeStatus(payload)
    if (!status.ok) throw new Error(status.issue)
    if (status.message.kind === 'exit') this.exit = status.message
    else {
      this.confirmations.push(status.message)
      this.received = status.message.holdfast?.out ?? 0
    }
  }

  #notify(): void {
    for (const resolve of this.#changed.splice(0)) resolve()
  }
}

/** The HTTP status and error code of a refused upgrade; at paths of Kubernetes, the reason of its `Status`. */
export async function refusal(url: string, options: DialOptions = {}): Promise<{ status: number; code: string }> {
  const headers = { ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }) }
  const socket = new WebSocket(url, [...(options.protocols ?? [])], { headers: { ...headers, ...options.headers } })
  socket.on('error', () => {})
  return new Promise((resolve, reject) => {
    socket.on('open', () => reject(new Error('the upgrade was accepted')))
    socket.on('unexpected-response', (_request, response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      response.on('end', () => {
        const { error, reason = '' } = JSON.parse(body) as { error?: { code: string }; reason?: string }
        resolve({ status: response.statusCode ?? 0, code: error?.code ?? reason })
      })
    })
  })
}
