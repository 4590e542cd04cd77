import type { AttemptContext, ConnectionOptions, WebSocketFrame } from '@holdfast/core'
import {
  type ClientEvents,
  type ClientOptions,
  engineOptions,
  type Fresh,
  freshOf,
  isGiven,
  type ListenersOf,
} from '@holdfast/core/client'
import { type AcpWireMessage, acpWebSocketUrl, type JsonRpcMessage } from '@holdfast/protocol/acp'
import { AcpError } from './errors.ts'
import type { AcpReady } from './handshake.ts'
import type { AcpNotice } from './notices.ts'

type Engine = ConnectionOptions<AcpWireMessage, AcpWireMessage, WebSocketFrame, WebSocketFrame, AcpReady>

/** The events of `stream.on(name, …)`. A `message` is one that `readable` gives too. */
export interface AcpStreamEvents extends ClientEvents<JsonRpcMessage, AcpError> {
  /** Something is missing, or cannot be known after a drop. */
  readonly notice: AcpNotice
}

/** Options of {@link acpStream}. `transport` and `url` are needed; all else has a default. */
export interface AcpStreamOptions extends ClientOptions, ListenersOf<AcpStreamEvents> {
  /** The endpoint, `ws(s)` or `http(s)`; without a path `/acp` is used. A function is called again for every attempt. */
  readonly url: Fresh
  /** The bearer token, sent in a header, or in a first frame where the runtime sets none. Throw `CredentialsRefused` to end it. */
  readonly token?: Fresh | undefined
  /** Other headers of the upgrade, where the runtime can set them. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** A ping after `intervalMs` of silence; dead after `timeoutMs` of it. @defaultValue {@link ACP_STREAM_DEFAULTS} */
  readonly liveness?: ClientOptions['liveness']
  /** @defaultValue {@link ACP_STREAM_DEFAULTS}`.queueBytes` */
  readonly queue?: ClientOptions['queue']
  /**
   * With a server other than Holdfast's, `session/load` repeats the conversation as the agent remembers it: `skip` it,
   * since most of it was shown before, or `deliver` it. A notice reports it. @defaultValue 'skip'
   */
  readonly replay?: 'skip' | 'deliver' | undefined
}

/** Every default number. Milliseconds, bytes and counts. */
export const ACP_STREAM_DEFAULTS = {
  livenessIntervalMs: 10_000,
  livenessTimeoutMs: 30_000,
  /** What waits to be sent or answered: two of the largest messages that servers take (ACP §1). */
  queueBytes: 33_554_432,
  /** This many messages are acknowledged together; a gateway that buffers many bytes for this client asks earlier. */
  ackCount: 256,
  /** Messages that wait in `readable` before the gateway is read more slowly: more than come in one read of a socket. */
  readAhead: 512,
  replay: 'skip',
} as const

/** Options of the engine beside protocol and target. */
export function acpEngine(options: AcpStreamOptions): Omit<Engine, 'target' | 'protocol'> {
  return {
    ...engineOptions(options),
    outbox: { maxBytes: ACP_STREAM_DEFAULTS.queueBytes, ...options.queue },
  }
}

/** Checks the options. @throws `acp/invalid_option` with what is missing */
export function assertOptions({ url, liveness, replay }: AcpStreamOptions): void {
  if (!isGiven(url)) throw invalid('url', 'the address of the endpoint, or a function that returns it')
  const { intervalMs } = liveness ?? {}
  if (intervalMs !== undefined && !(intervalMs > 0)) throw invalid('liveness.intervalMs', 'a number above 0')
  if (replay !== undefined && replay !== 'skip' && replay !== 'deliver') throw invalid('replay', 'skip or deliver')
}

/** Where one attempt dials. */
export async function targetOf({ url }: AcpStreamOptions, context: AttemptContext): Promise<string> {
  return acpWebSocketUrl(await freshOf(url, context))
}

function invalid(option: string, expected: string): AcpError {
  return new AcpError('acp/invalid_option', `Option ${option}: expected ${expected}`, { option })
}
