import type { Timer, WebSocketChannel, WebSocketFrame } from '@holdfast/core'
import {
  type ChannelEnd,
  type Clock,
  type LivenessHost,
  type LivenessWatch,
  systemClock,
  type Transport,
  WAKE_PROBE_MS,
  type WakeSignal,
} from '@holdfast/core/contract'
import { socketError } from './errors.ts'
import { closeInit } from './events.ts'
import { assertOptions, type RuntimeDefaults, type SocketOptions, transportOf, WEBSOCKET_DEFAULTS } from './options.ts'
import { SendOrder } from './sending/send-order.ts'
import { MESSAGE_BYTES, type SocketData, sizeOf } from './sending/socket-data.ts'
import {
  askedTarget,
  assertDialable,
  type ProtocolsProvider,
  resolvedUrl,
  type SocketTarget,
  type UrlProvider,
} from './socket-target.ts'
import { type ReadyState, WebSocketInterface } from './web-socket-interface.ts'

/** What is kept until the link is open. */
interface QueuedMessage {
  readonly data: SocketData
  readonly frame: WebSocketFrame
}

/**
 * A WebSocket of one link: it dials once, notices when the link is dead, and closes when it ends. For libraries that bring a
 * retry and a greeting of their own: they make another one for every link.
 */
export abstract class OneLinkWebSocket extends WebSocketInterface {
  readonly #clock: Clock
  readonly #transport: Transport
  readonly #timeoutMs: number
  readonly #maxBytes: number
  readonly #order: SendOrder
  readonly #dialing = new AbortController()
  readonly #undo: (() => void) | undefined
  #queued: QueuedMessage[] = []
  #queuedBytes = 0
  #state: ReadyState = 0
  #url: string
  #link: WebSocketChannel | undefined
  #watch: LivenessWatch<WebSocketFrame> | undefined
  /** Runs while nothing shows that the link lives on after a sleep. */
  #doubt: Timer | undefined
  #discarded = 0

  /** @throws a `SyntaxError` (`DOMException`) for a URL or subprotocol that no WebSocket takes; `connection/invalid_option` */
  constructor(url: UrlProvider, protocols: ProtocolsProvider, options: SocketOptions, runtime: RuntimeDefaults) {
    super()
    assertOptions(options)
    const asked = { url, protocols, headers: options.headers }
    assertDialable(asked)
    this.#url = typeof url === 'function' ? '' : resolvedUrl(url)
    this.#clock = options.clock ?? systemClock
    this.#transport = transportOf(options, runtime)
    this.#timeoutMs = options.connectionTimeout ?? WEBSOCKET_DEFAULTS.connectionTimeout
    this.#maxBytes = options.maxQueuedBytes ?? WEBSOCKET_DEFAULTS.maxQueuedBytes
    this.#order = new SendOrder(this.#maxBytes)
    const signals = options.signals ?? runtime.signals?.()
    this.#undo = signals?.subscribe((signal) => this.#woke(signal))
    void this.#dial(asked)
  }

  get readyState(): ReadyState {
    return this.#state
  }

  get url(): string {
    return this.#url
  }

  get protocol(): string {
    return this.#link?.opening.protocol ?? ''
  }

  get bufferedAmount(): number {
    return this.#order.bytes + this.#queuedBytes + (this.#link?.bufferedBytes ?? 0) + this.#discarded
  }

  send(data: SocketData): void {
    const refused = (error: ReturnType<typeof socketError>): void => this.emitUndelivered(data, 'rejected', error)
    if (this.#state > 1) {
      this.#discarded += sizeOf(data)
      return refused(socketError('websocket/closed'))
    }
    this.#order.add(data, {
      refused,
      frame: (frame, bytes) => {
        if (this.#state === 3) return refused(socketError('websocket/closed'))
        if (this.#link !== undefined) return this.#write(frame)
        const cost = this.#queuedBytes + bytes + (this.#queued.length + 1) * MESSAGE_BYTES
        if (cost > this.#maxBytes) return refused(socketError('websocket/too_much_waits'))
        this.#queuedBytes += bytes
        this.#queued.push({ data, frame })
      },
    })
  }

  protected end(code: number | undefined, reason: string): void {
    this.#state = 2
    const link = this.#link
    if (link === undefined) {
      this.#dialing.abort()
      queueMicrotask(() => this.#over({}, socketError('websocket/link_lost', 'It was closed before it was open.')))
      return
    }
    const close = (): void => link.close(code ?? (reason === '' ? undefined : 1000), reason)
    if (this.#order.idle === undefined) close()
    else void this.#order.idle.then(close)
  }

  // ---- one link ---------------------------------------------------------------------------------

  async #dial(asked: SocketTarget): Promise<void> {
    const { signal } = this.#dialing
    const late = this.#clock.after(this.#timeoutMs, () => {
      this.#over({}, socketError('websocket/open_timeout', `It had ${this.#timeoutMs} ms.`))
      this.#dialing.abort()
    })
    try {
      const target = await askedTarget(asked)
      this.#url = target.url
      const link = await this.#transport.open(target, { signal })
      if (this.#state === 0) this.#opened(link)
      else link.terminate()
    } catch (error) {
      if (this.#state === 0) this.#over({}, error instanceof Error ? error : new Error(String(error)))
    } finally {
      late.cancel()
    }
  }

  #opened(link: WebSocketChannel): void {
    this.#link = link
    const { liveness } = this.#transport
    this.#watch = liveness === 'none' ? undefined : liveness(this.#hostOf(link))
    this.#state = 1
    for (const { frame } of this.#queued) this.#write(frame)
    this.#queued = []
    this.#queuedBytes = 0
    this.dispatchEvent(new Event('open'))
    link.start({
      frame: (frame) => {
        this.#received()
        if (this.#state === 1) this.emitMessage(frame)
      },
      pong: () => {
        this.#received()
        this.#watch?.pong()
      },
      closed: (end) => this.#over(end, end.clean ? undefined : lostBy(end)),
    })
  }

  #write(frame: WebSocketFrame): void {
    this.#watch?.wrote()
    this.#link?.send(frame)
  }

  #received(): void {
    this.#doubt?.cancel()
    this.#doubt = undefined
    this.#watch?.received()
  }

  #over(end: Partial<ChannelEnd>, error?: Error): void {
    if (this.#state === 3) return
    this.#state = 3
    this.#watch?.stop()
    this.#doubt?.cancel()
    this.#undo?.()
    for (const { data } of this.#queued) this.emitUndelivered(data, 'rejected', socketError('websocket/closed'))
    this.#queued = []
    this.emitClose(closeInit(end), error)
  }

  // ---- whether it lives -------------------------------------------------------------------------

  #hostOf(link: WebSocketChannel): LivenessHost<never> {
    return {
      clock: this.#clock,
      traits: link.traits,
      send: () => {},
      ping: () => link.ping(),
      rtts: NO_SAMPLES,
      probing: () => 0,
      confirmedUpTo: () => {},
      health: () => {},
      doubtful: () => this.#doubted(),
      dead: (rule) => this.#endAsLost(`Nothing answers any more (${rule}).`),
    }
  }

  #woke(signal: WakeSignal): void {
    if (signal === 'hidden' || signal === 'visible') this.#watch?.hidden(signal === 'hidden')
    if (signal === 'hidden' || signal === 'offline' || signal === 'freeze') return
    this.#watch?.probe(WAKE_PROBE_MS)
    if (signal === 'online' && this.#watch?.proves === false) this.#doubted()
  }

  /** Nothing can be asked: a silent link is given up, and its owner dials again. */
  #doubted(): void {
    this.#doubt ??= this.#clock.after(WAKE_PROBE_MS, () =>
      this.#endAsLost('The machine slept or the network changed, and nothing has come since.'),
    )
  }

  #endAsLost(what: string): void {
    if (this.#state === 3) return
    this.#over({}, socketError('websocket/link_lost', what))
    this.#link?.terminate()
  }
}

/** How long answers take does not matter here. */
const NO_SAMPLES = { add: () => {}, quantile: () => undefined }

function lostBy({ cause }: ChannelEnd): Error {
  return cause instanceof Error ? cause : socketError('websocket/link_lost')
}
