import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock } from '@holdfast/contract'
import type { ShellPeer } from '../endpoint/shell-tunnels.ts'
import { shellError } from '../errors.ts'
import type { HostRecord } from './host-record.ts'
import { HOST_ROUTES, SHELL_USER_HEADER } from './host-routes.ts'
import { SERVICE_UPGRADE, servicePath } from './host-service.ts'
import { type HostSettings, settingsQuery } from './host-settings.ts'

/** A host on this machine that does not answer within this time is stopped or hangs. */
const ANSWER_MS = 5_000
/** An answer of the host is a list of shells at most. */
const MAX_ANSWER_BYTES = 4_194_304

/** A gateway's line to a running shell host: while it stands, both know that the other one lives. */
export class ShellHostConnection implements ShellPeer {
  readonly record: HostRecord
  readonly ended: Promise<void>
  readonly #clock: Clock
  readonly #line: ClientRequest

  private constructor(record: HostRecord, clock: Clock, line: ClientRequest, answer: IncomingMessage) {
    this.record = record
    this.#clock = clock
    this.#line = line
    answer.resume()
    this.ended = new Promise((resolve) => void answer.once('close', resolve))
  }

  /** @throws the socket's error without a listener; `shell/peer_unreachable` where the host does not answer as one */
  static async begin(record: HostRecord, settings: HostSettings, clock: Clock): Promise<ShellHostConnection> {
    const { line, answer } = await asked(record, clock, 'GET', `${HOST_ROUTES.attend}?${settingsQuery(settings)}`)
    const { user } = settings
    // A host of before would not know whose the shells have to be.
    const isAsAsked = user === undefined || answer.headers[SHELL_USER_HEADER] === user
    if (answer.statusCode === 200 && isAsAsked) return new ShellHostConnection(record, clock, line, answer)
    line.destroy()
    if (user !== undefined) {
      throw shellError('shell/host_failed', `The process for shells, ${record.pid}, cannot run them as ${user}.`)
    }
    throw shellError(
      'shell/peer_unreachable',
      `Process ${record.pid} does not answer as the shell host that it should be.`,
    )
  }

  get secret(): string {
    return this.record.secret
  }

  async connect(): Promise<Socket> {
    const socket = connect(this.record.socket)
    await once(socket, 'connect')
    return socket
  }

  /** Asks for something. @throws when the host is gone, or takes longer than `withinMs` */
  async ask(method: 'GET' | 'POST', path: string, withinMs: number = ANSWER_MS): Promise<unknown> {
    const { line, answer } = await asked(this.record, this.#clock, method, path, withinMs)
    try {
      return JSON.parse(await textOf(answer))
    } finally {
      line.destroy()
    }
  }

  /** A stream to a service of the host. @throws when the host is gone, or has no such service */
  async service(name: string): Promise<Duplex> {
    const { socket: socketPath, secret } = this.record
    const headers = { authorization: `Bearer ${secret}`, connection: 'Upgrade', upgrade: SERVICE_UPGRADE }
    const line = request({ socketPath, path: servicePath(name), agent: false, headers })
    const opened = new Promise<Duplex>((resolve, reject) => {
      line.once('error', reject)
      line.once('response', () => {
        line.destroy()
        reject(new Error(`it has no ${name}`))
      })
      line.once('upgrade', (_answer, stream: Duplex, head: Buffer) => {
        if (head.length > 0) stream.unshift(head)
        resolve(stream)
      })
    })
    line.end()
    return opened
  }

  /** Leaves; the host lives on. */
  end(): void {
    this.#line.destroy()
  }
}

async function asked(
  { socket, secret }: HostRecord,
  clock: Clock,
  method: string,
  path: string,
  withinMs: number = ANSWER_MS,
): Promise<{ readonly line: ClientRequest; readonly answer: IncomingMessage }> {
  const headers = { authorization: `Bearer ${secret}` }
  const line = request({ socketPath: socket, method, path, agent: false, headers })
  const late = clock.after(withinMs, () => line.destroy(new Error(`no answer within ${withinMs} ms`)))
  const answered = once(line, 'response')
  line.end()
  try {
    const [answer]: IncomingMessage[] = await answered
    if (answer === undefined) throw new Error('no answer')
    line.on('error', () => {})
    answer.on('error', () => {})
    return { line, answer }
  } finally {
    late.cancel()
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer) {
    if (!Buffer.isBuffer(chunk)) continue
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) throw new Error('the answer is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
