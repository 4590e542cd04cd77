import { chmodSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import { connect } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { Logger } from '@holdfast/core'
import type { GatewayConfig, TlsFiles } from './config.ts'
import { GatewayError } from './errors.ts'

/** Certificates that are renewed are seen within this time; a SIGHUP has them read at once. */
const LOOK_MS = 10_000
/** Only a proxy of the same group may dial a Unix socket. */
const SOCKET_MODE = 0o660
/** A listener on a Unix socket takes a connection within this time. */
const ANSWER_MS = 1_000
/**
 * Unused connections stay open for longer than proxies and clients keep theirs (nginx and balancers: 60 s), so that
 * those close first: who sends into a connection that is just being closed gets no answer.
 */
const IDLE_MS = 75_000

/** The port or Unix socket of a gateway, with TLS of its own where it has certificates. */
export class Listener {
  readonly server: Server | TlsServer
  readonly #config: Pick<GatewayConfig, 'host' | 'port' | 'socket' | 'tls'>
  readonly #logger: Logger
  #timer: NodeJS.Timeout | undefined
  #seen = ''
  #complaint = ''

  /** @throws GatewayError `gateway/bad_config` where the certificate or its key cannot be used */
  constructor(config: Pick<GatewayConfig, 'host' | 'port' | 'socket' | 'tls'>, logger: Logger) {
    this.#config = config
    this.#logger = logger
    const { tls } = config
    if (tls === undefined) {
      this.server = createServer({ keepAliveTimeout: IDLE_MS })
      return
    }
    this.#seen = stampOf(tls)
    this.server = createTlsServer({
      ...readPair(tls),
      ALPNProtocols: ['http/1.1'],
      minVersion: 'TLSv1.2',
      keepAliveTimeout: IDLE_MS,
    })
  }

  /** Where it listens, as clients dial it. */
  get url(): string {
    const { host, port, socket, tls } = this.#config
    if (socket !== undefined) return `unix:${socket}`
    const address = this.server.address()
    const actual = typeof address === 'object' && address !== null ? address.port : port
    // A wildcard is no address that can be dialed.
    const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
    return `${tls === undefined ? 'http' : 'https'}://${name.includes(':') ? `[${name}]` : name}:${actual}`
  }

  /** @throws GatewayError `gateway/port_taken`, `gateway/listen_failed` */
  async listen(): Promise<void> {
    const { socket, tls } = this.#config
    if (socket !== undefined) await removeStale(socket)
    await this.#bind()
    if (socket !== undefined) chmodSync(socket, SOCKET_MODE)
    if (tls !== undefined) this.#timer = setInterval(() => this.#look(tls), LOOK_MS).unref()
  }

  /** Reads the certificate anew. One that cannot be used is reported, and the one before stays in use. */
  reload(): void {
    const { tls } = this.#config
    if (tls === undefined || !('setSecureContext' in this.server)) return
    this.#seen = stampOf(tls)
    try {
      this.server.setSecureContext(readPair(tls))
      this.#complaint = ''
      this.#logger.info('the certificate was read anew')
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      if (why !== this.#complaint)
        this.#logger.error('the new certificate cannot be used; the one before goes on', { why })
      this.#complaint = why
    }
  }

  stop(): void {
    clearInterval(this.#timer)
    this.server.close()
  }

  #look(tls: TlsFiles): void {
    if (stampOf(tls) !== this.#seen) this.reload()
  }

  #bind(): Promise<void> {
    const { host, port, socket } = this.#config
    const where = socket ?? `${host} port ${port}`
    return new Promise((resolve, reject) => {
      this.server.once('error', (cause: NodeJS.ErrnoException) => {
        if (cause.code === 'EADDRINUSE') {
          const what = socket === undefined ? `Port ${port} on ${host} is taken.` : `${socket} is taken.`
          return reject(new GatewayError('gateway/port_taken', what, { cause, setting: 'port' }))
        }
        const why = cause.code ?? cause.message
        reject(
          new GatewayError('gateway/listen_failed', `Could not listen on ${where}: ${why}.`, {
            cause,
            setting: 'host',
          }),
        )
      })
      if (socket === undefined) this.server.listen(port, host, resolve)
      else this.server.listen(socket, resolve)
    })
  }
}

/** @throws GatewayError `gateway/bad_config` */
function readPair(files: TlsFiles): { readonly cert: Buffer; readonly key: Buffer } {
  const pair = { cert: read('tls-cert', files.cert), key: read('tls-key', files.key) }
  try {
    createSecureContext(pair)
    return pair
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'it cannot be used'
    throw new GatewayError('gateway/bad_config', `--tls-cert and --tls-key do not make a pair: ${why}.`, {
      cause,
      setting: 'tls-cert',
    })
  }
}

function read(setting: 'tls-cert' | 'tls-key', path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'it cannot be read'
    throw new GatewayError('gateway/bad_config', `--${setting}: ${path} cannot be read: ${why}.`, { cause, setting })
  }
}

/** Changes with either file, also where one is a link to another that is swapped. */
function stampOf({ cert, key }: TlsFiles): string {
  return [cert, key]
    .map((path) => {
      const seen = statSync(path, { throwIfNoEntry: false })
      return seen === undefined ? 'none' : `${seen.ino} ${seen.mtimeMs} ${seen.size}`
    })
    .join(' / ')
}

/** A socket that a gateway left which ended without a word. One that answers stays: the port is taken. */
async function removeStale(path: string): Promise<void> {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isSocket() === true && !(await answers(path))) rmSync(path, { force: true })
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path)
    const settle = (is: boolean): void => {
      probe.destroy()
      resolve(is)
    }
    probe.setTimeout(ANSWER_MS, () => settle(true))
    probe.once('connect', () => settle(true))
    probe.once('error', () => settle(false))
  })
}
