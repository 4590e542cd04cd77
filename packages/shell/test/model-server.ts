import type { WebSocketChannel, WebSocketFrame } from '@holdfast/core'
import {
  decodeClientControl,
  decodeOutputAck,
  encodeConfirmation,
  encodeExit,
  encodeInputAck,
  parseShellRequest,
  type ResumeOffer,
} from '@holdfast/protocol/shell'
import { decodeFrame, encodeFrame } from '@holdfast/shell-framing'
import type { SeededRandom } from '@holdfast/testkit'
import { OFFER, type World } from './support.ts'

/** How a {@link ModelServer} behaves. */
export interface ModelOptions {
  readonly random: SeededRandom
  /** All that the program prints. */
  readonly output: Uint8Array
  readonly ring: number
  readonly window: number
  readonly epoch?: string
}

/**
 * A small server of the resume extension, straight from shell §5: one program whose output is known beforehand and is
 * held back by the window; input is counted for one lease. Frames have random sizes.
 */
export class ModelServer {
  readonly #options: ModelOptions
  readonly #world: World
  /** Everything typed, as the program read it. */
  readonly stdin: number[] = []
  printed = 0
  attaches = 0
  /** The largest amount of output that a client had not consumed. */
  mostUnconsumed = 0
  #accepted = 0
  #consumed = 0
  #channel: WebSocketChannel | undefined
  #next = 0
  #exit: number | undefined
  readonly #listener: { close(): void }

  constructor(world: World, options: ModelOptions) {
    this.#world = world
    this.#options = options
    world.server.close()
    this.#listener = world.network.listen((request) => {
      const parsed = parseShellRequest('/shells', new URL(request.url).searchParams)
      if (parsed.kind !== 'shell') return request.refuse({ status: 400 })
      this.#attach(request.accept(), parsed.target.epoch === this.epoch ? (parsed.target.received ?? 0) : 0)
    })
    this.#tick()
  }

  get epoch(): string {
    return this.#options.epoch ?? 'e1'
  }

  #attach(channel: WebSocketChannel, received: number): void {
    this.#channel?.terminate()
    this.#channel = channel
    this.attaches += 1
    const { ring, window } = this.#options
    const out = Math.max(0, this.printed - ring, received)
    this.#next = out
    this.#consumed = Math.min(this.#consumed, out)
    const holdfast: ResumeOffer = {
      ...OFFER,
      epoch: this.epoch,
      out,
      live: this.printed,
      in: this.#accepted,
      window,
      ring,
    }
    channel.send(
      encodeFrame(
        'status',
        encodeConfirmation({ shellId: 's1', reconnected: this.attaches > 1, bytesDropped: 0, holdfast }),
      ),
    )
    channel.start({
      frame: (frame) => {
        if (this.#channel === channel) this.#frame(frame)
      },
      closed: () => {
        if (this.#channel === channel) this.#channel = undefined
      },
    })
    this.#pump()
  }

  #frame(wire: WebSocketFrame): void {
    if (typeof wire === 'string') return
    const decoded = decodeFrame(wire)
    if (!decoded.ok) return
    const { channel, payload } = decoded.message
    if (channel === 'stdin') {
      this.stdin.push(...payload)
      this.#accepted += payload.length
      this.#channel?.send(encodeFrame('ack', encodeInputAck(this.#accepted)))
    } else if (channel === 'ack') {
      const ack = decodeOutputAck(payload)
      if (!ack.ok) throw new Error(`the client sent a bad acknowledgement: ${ack.issue}`)
      this.#consumed = Math.max(this.#consumed, ack.message.consumed)
    } else if (channel === 'ctrl') {
      const control = decodeClientControl(payload)
      if (!control.ok) throw new Error(`the client sent a bad control message: ${control.issue}`)
      if (control.message.type === 'hello') this.#channel?.send(encodeFrame('ack', encodeInputAck(this.#accepted)))
    }
  }

  /** The program prints a little, now and then, while its window is open. */
  #tick(): void {
    const { random, output, window } = this.#options
    if (this.printed - this.#consumed < window) {
      this.printed = Math.min(output.length, this.printed + random.integer(1, 20_000))
      this.mostUnconsumed = Math.max(this.mostUnconsumed, this.printed - this.#consumed)
      this.#pump()
    }
    if (this.#exit === undefined) this.#world.clock.after(random.between(0, 4), () => this.#tick())
  }

  #pump(): void {
    const { random, output } = this.#options
    while (this.#channel !== undefined && this.#next < this.printed) {
      const end = Math.min(this.printed, this.#next + random.integer(1, 8_000))
      this.#channel.send(encodeFrame('stdout', output.subarray(this.#next, end)))
      this.#next = end
    }
    if (this.#exit !== undefined) this.#channel?.send(encodeFrame('status', encodeExit({ code: this.#exit })))
  }

  /** Takes no more dials. */
  close(): void {
    this.#listener.close()
  }

  /** The program ends; whoever attaches later is told too. */
  exit(code: number): void {
    this.#exit = code
    this.#pump()
  }
}
