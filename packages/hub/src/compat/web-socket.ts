import type { HubInitMessage, HubResponse, HubServerMessage } from '@holdfast/protocol/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import type { HubOutgoing } from '../handshake.ts'
import { HubClient, type HubQuestion } from '../hub-client.ts'
import { hubFromEnvironment } from '../node/environment.ts'
import type { Fresh, HubOptions, HubState } from '../options.ts'
import { asPublished, CoderHubWebSocketError } from './error.ts'
import { withoutGaps } from './iterator.ts'

/** The published options; all of ours may be given too. */
export type CoderHubWebSocketOptions = Omit<Partial<HubOptions>, 'url' | 'onError' | 'onClose'> & {
  /** The environment's, or looked up, where it is left out. */
  readonly url?: Fresh | undefined
  /** For the lookup of the URL. */
  readonly region?: string | undefined
  readonly onError?: ((error: Error) => void) | undefined
  /** A link that broke without a close frame is told as 1006. */
  readonly onClose?: ((code: number, reason: string) => void) | undefined
}

export type CoderHubWebSocketState = HubState

/** What a close code is told as that no frame carried (RFC 6455 §7.4.1). */
const NO_CLOSE_FRAME = 1006

/** The published class (hub §8) on our client: same names, same options, environment and URL lookup included. */
export class CoderHubWebSocketClient {
  readonly #client: HubClient
  #closedByUs = false
  /** The callback of the options; may be set later. */
  onInit: ((init: HubInitMessage) => void) | undefined

  constructor(options: CoderHubWebSocketOptions = {}) {
    this.onInit = options.onInit
    this.#client = new HubClient({
      transport: nodeWebSocket(),
      ...options,
      ...hubFromEnvironment(options),
      onInit: (init) => this.onInit?.(init),
      onError: (error) => options.onError?.(asPublished(CoderHubWebSocketError, error, this.sessionId)),
      onClose: (code, reason) => {
        if (!this.#closedByUs) options.onClose?.(code ?? NO_CLOSE_FRAME, reason)
      },
    })
  }

  get state(): CoderHubWebSocketState {
    return this.#client.state
  }

  get sessionId(): string | undefined {
    return this.#client.sessionId
  }

  get initMessage(): HubInitMessage | null {
    return this.#client.initMessage ?? null
  }

  get isConnected(): boolean {
    return this.#client.isConnected
  }

  /** Our client, for what the published one has not. */
  get client(): HubClient {
    return this.#client
  }

  connect(): void {
    this.#closedByUs = false
    void this.#client.connect()
  }

  close(code?: number, reason: string = 'Client closed'): void {
    this.#closedByUs = true
    void this.#client.close(code, reason, 0)
  }

  send(message: HubOutgoing): void {
    this.#client.send(message)
  }

  async sendAndWait(message: HubQuestion, timeoutMs?: number): Promise<HubResponse> {
    try {
      return await this.#client.sendAndWait(message, timeoutMs)
    } catch (error) {
      throw asPublished(CoderHubWebSocketError, error, this.sessionId)
    }
  }
}

/** The published iterator form: connects, yields the hub's messages, throws on a terminal failure. */
export function subscribeToCoderHub(options: CoderHubWebSocketOptions): AsyncIterableIterator<HubServerMessage> {
  const { client } = new CoderHubWebSocketClient(options)
  const stream = client.messages({}, () => client.terminate())
  void client.connect()
  return withoutGaps(stream, (error) => asPublished(CoderHubWebSocketError, error, client.sessionId))
}
