import type { Channel, Clock, Logger, Transport, WebSocketFrame } from '@holdfast/core'
import { encodeResize } from '@holdfast/protocol/shell'
import { CHANNEL_BYTES, decodeFrame, encodeFrame, MAX_FRAME_BYTES } from '@holdfast/shell-framing'
import { type AgentCoreAuth, type AwsCredentials, agentCoreShell } from './aws.ts'
import { ShellSessionError } from './errors.ts'
import type { ConnectShell } from './options.ts'
import { ShellSession as Session } from './shell-session.ts'

// The names and option shapes of `bedrock-agentcore`'s runtime shell, on Holdfast's session. For those who migrate.

/** Channel bytes by name. `UNKNOWN` is none that is on the wire. */
export const ShellChannel = {
  STDIN: 0,
  STDOUT: 1,
  STDERR: 2,
  STATUS: 3,
  RESIZE: 4,
  HEARTBEAT: 5,
  CLOSE: 255,
  UNKNOWN: -1,
} as const
export type ShellChannel = (typeof ShellChannel)[keyof typeof ShellChannel]

/** Largest message, the channel byte included. */
export const MAX_FRAME_SIZE: number = MAX_FRAME_BYTES

/** One message of the shell. */
export interface ShellFrame {
  readonly channel: ShellChannel
  readonly rawChannelByte: number
  readonly payload: Uint8Array
  readonly text: string
  json(): Record<string, unknown>
}

const KNOWN: ReadonlySet<number> = new Set(Object.values(ShellChannel))

function isKnown(byte: number): byte is ShellChannel {
  return KNOWN.has(byte)
}

function json(payload: Uint8Array): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(payload))
}

/** Encodes and decodes single frames. */
export class ShellFramer {
  /** @throws `shell/protocol_error` on an empty message */
  decode(frame: Uint8Array): ShellFrame {
    const decoded = decodeFrame(frame)
    if (!decoded.ok) throw new ShellSessionError('shell/protocol_error', decoded.issue)
    const { rawChannelByte, payload } = decoded.message
    return {
      channel: isKnown(rawChannelByte) ? rawChannelByte : ShellChannel.UNKNOWN,
      rawChannelByte,
      payload,
      text: new TextDecoder().decode(payload),
      json: () => json(payload),
    }
  }

  /** @throws `framing/frame_too_large`; `encodeFrames()` of `@holdfast/shell-framing` splits */
  encodeStdin(data: string | Uint8Array): Uint8Array {
    return encodeFrame('stdin', data)
  }

  encodeResize(width: number, height: number): Uint8Array {
    return encodeFrame('resize', encodeResize({ width, height }))
  }

  encodeHeartbeat(): Uint8Array {
    return encodeFrame('heartbeat')
  }

  encodeClose(): Uint8Array {
    return new Uint8Array([CHANNEL_BYTES.close])
  }
}

/** Makes URL, headers and subprotocols, anew for every attempt. */
export type ConnectFn = (
  shellId: string,
  sessionId: string,
) => Promise<{ readonly url: string; readonly headers: Record<string, string>; readonly protocols?: string[] }>

/** How a lost connection is brought back. Without it, a drop ends the session. Times in milliseconds. */
export interface ReconnectConfig {
  readonly maxRetries?: number
  readonly baseDelay?: number
  readonly maxDelay?: number
  readonly reconnectWindow?: number | null
  readonly outerLoopDelay?: number
  readonly onReconnect?: (reconnected: boolean) => void | Promise<void>
}

/** Options of {@link ShellSession}. */
export interface ShellSessionOptions {
  readonly connectFn: ConnectFn
  readonly shellId?: string | undefined
  readonly sessionId?: string | undefined
  readonly reconnectConfig?: ReconnectConfig | undefined
  readonly keepaliveIntervalMs?: number | undefined
  readonly logger?: Partial<Logger> | undefined
  /** @defaultValue `nodeWebSocket()` of `@holdfast/transport-node`, which is then to be installed */
  readonly transport?: Transport | undefined
  readonly clock?: Clock | undefined
}

/** An interactive shell under its published name: numbers for channels, no gaps, `close()` without an answer. */
export class ShellSession implements AsyncIterable<ShellFrame> {
  /** Everything that the published session does not have. */
  readonly session: Session

  constructor(options: ShellSessionOptions) {
    const { connectFn, shellId, sessionId, reconnectConfig, keepaliveIntervalMs } = options
    const { onReconnect, ...reconnect } = reconnectConfig ?? { reconnectWindow: 0 }
    this.session = new Session({
      transport: options.transport ?? nodeTransport,
      connect: connectFn,
      shellId,
      sessionId,
      reconnect,
      onReconnect,
      keepaliveIntervalMs,
      clock: options.clock,
      logger: loggerOf(options.logger),
    })
  }

  get shellId(): string {
    return this.session.shellId
  }

  get sessionId(): string {
    return this.session.sessionId
  }

  get reconnected(): boolean {
    return this.session.reconnected
  }

  get kicked(): boolean {
    return this.session.kicked
  }

  get bytesDropped(): number {
    return this.session.bytesDropped
  }

  get exitCode(): number | null {
    return this.session.exitCode
  }

  async connect(): Promise<this> {
    await this.session.connect()
    return this
  }

  send(data: string | Uint8Array): Promise<void> {
    return this.session.send(data)
  }

  sendHeartbeat(): Promise<void> {
    return this.session.sendHeartbeat()
  }

  resize(width: number, height: number): Promise<void> {
    return this.session.resize(width, height)
  }

  async close(): Promise<void> {
    await this.session.close()
  }

  async *[Symbol.asyncIterator](): AsyncIterator<ShellFrame> {
    for await (const frame of this.session) {
      if (frame.channel === 'gap') continue
      const { rawChannelByte, payload, text } = frame
      const channel = isKnown(rawChannelByte) ? rawChannelByte : ShellChannel.UNKNOWN
      yield { channel, rawChannelByte, payload, text, json: () => json(payload) }
    }
  }
}

/** Options of {@link RuntimeClient}. */
export interface RuntimeClientConfig {
  readonly region?: string | undefined
  readonly credentialsProvider?: (() => Promise<AwsCredentials>) | undefined
}

/** What {@link RuntimeClient.openShell} takes. */
export interface OpenShellParams extends Omit<ShellSessionOptions, 'connectFn'> {
  readonly runtimeArn: string
  readonly endpointName?: string | undefined
  readonly auth?: AgentCoreAuth | undefined
}

/** The part of the published client that opens shells. */
export class RuntimeClient {
  readonly #config: RuntimeClientConfig

  constructor(config: RuntimeClientConfig = {}) {
    this.#config = config
  }

  /** Opens a shell on Amazon Bedrock AgentCore; connected when it resolves. */
  openShell(params: OpenShellParams): Promise<ShellSession> {
    const { runtimeArn, endpointName, auth, ...options } = params
    const { region, credentialsProvider } = this.#config
    const connect = agentCoreShell({
      runtimeArn,
      region,
      qualifier: endpointName,
      auth,
      credentials: credentialsProvider,
    })
    return new ShellSession({ ...options, connectFn: connectFnOf(connect) }).connect()
  }
}

function connectFnOf(connect: ConnectShell): ConnectFn {
  const context = { attempt: 1, refused: false, signal: new AbortController().signal }
  return async (shellId, sessionId) => {
    const { url, headers = {}, protocols } = await connect(shellId, sessionId, context)
    return { url, headers: { ...headers }, ...(protocols === undefined ? {} : { protocols: [...protocols] }) }
  }
}

function loggerOf(given: Partial<Logger> | undefined): Logger | undefined {
  if (given === undefined) return undefined
  const nothing = (): void => {}
  const bound = (name: keyof Logger): Logger[typeof name] =>
    given[name] === undefined ? nothing : (message, fields) => given[name]?.(message, fields)
  return { debug: bound('debug'), info: bound('info'), warn: bound('warn'), error: bound('error') }
}

/** Loaded at the first dial: who gives a transport does not install it. */
const nodeTransport: Transport = {
  name: 'node-web-socket',
  traits: { binary: true, ping: true, pause: true, requestHeaders: true },
  open: async (target, options): Promise<Channel<WebSocketFrame, WebSocketFrame>> => {
    const { nodeWebSocket } = await import('@holdfast/transport-node')
    return nodeWebSocket().open(target, options)
  },
}
