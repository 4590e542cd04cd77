import {
  type ClientControl,
  decodeClientControl,
  decodeOutputAck,
  encodeConfirmation,
  encodeControl,
  encodeExit,
  encodeInputAck,
  type OutputAck,
  type ResumeOffer,
  type ServerControl,
  type ShellExit,
} from '@holdfast/protocol/shell'
import { decodeFrame, encodeFrame, encodeFrames, type ShellFrame } from '@holdfast/shell-framing'
import {
  leakGuard,
  type ScriptedPeer,
  scriptedServer,
  seededRandom,
  simulatedNetwork,
  VirtualClock,
} from '@holdfast/testkit'
import { type ShellOutput, ShellSession, type ShellSessionOptions, shellEndpoint } from '../src/index.ts'

export const OFFER: ResumeOffer = {
  v: 1,
  epoch: 'e1',
  role: 'writer',
  out: 0,
  live: 0,
  in: 0,
  lease: 'lease-1',
  window: 196_608,
  maxFrame: 65_536,
  ring: 262_144,
  size: { width: 80, height: 24 },
  retainMs: 900_000,
}

export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
export const bytes = (value: string): Uint8Array => new TextEncoder().encode(value)

/** One virtual world: a clock, a network, a server that follows the test's script, and sessions. */
export class World {
  readonly clock: VirtualClock = new VirtualClock()
  readonly network: ReturnType<typeof simulatedNetwork> = simulatedNetwork({ clock: this.clock })
  readonly server: ReturnType<typeof scriptedServer> = scriptedServer({ network: this.network, clock: this.clock })

  session(options: Partial<ShellSessionOptions> = {}): ShellSession {
    return new ShellSession({
      transport: this.network.transport,
      target: shellEndpoint({ url: 'ws://server' }),
      shellId: 's1',
      clock: this.clock,
      random: seededRandom(1),
      ...options,
    })
  }

  /** Accepts the next dial. */
  async shell(): Promise<ShellPeer> {
    return new ShellPeer(await this.server.peer(), this)
  }

  /** A session that is attached, and the server's end of it. */
  async attached(
    options: Partial<ShellSessionOptions> = {},
    offer: Partial<ResumeOffer> | 'foreign' = {},
  ): Promise<{ session: ShellSession; peer: ShellPeer }> {
    const session = this.session(options)
    const connected = session.connect()
    const peer = await this.shell()
    peer.confirms(offer)
    await this.passing(connected)
    return { session, peer }
  }

  until(holds: () => boolean, limitMs?: number): Promise<unknown> {
    return this.clock.runUntil(holds, limitMs)
  }

  passing<T>(promise: PromiseLike<T>, limitMs?: number): Promise<T> {
    return this.clock.passing(promise, limitMs)
  }

  async end(): Promise<void> {
    this.server.close()
    await this.clock.advance(20_000)
    leakGuard({ clock: this.clock, network: this.network }).noLeaks()
  }
}

/** The server's end of one connection, in words of the shell protocol. */
export class ShellPeer {
  readonly peer: ScriptedPeer
  readonly #world: World
  readonly stdin: Uint8Array[] = []
  readonly acks: OutputAck[] = []
  readonly controls: ClientControl[] = []
  readonly others: ShellFrame[] = []
  /** The channels of all that came, in order. */
  readonly order: string[] = []

  constructor(peer: ScriptedPeer, world: World) {
    this.peer = peer
    this.#world = world
  }

  get query(): URLSearchParams {
    return new URL(this.peer.request.url).searchParams
  }

  confirms(
    offer: Partial<ResumeOffer> | 'foreign' = {},
    more: { reconnected?: boolean; bytesDropped?: number } = {},
  ): void {
    const holdfast = offer === 'foreign' ? undefined : { ...OFFER, ...offer }
    const { reconnected = false, bytesDropped = 0 } = more
    this.peer.sendsFrame(
      encodeFrame('status', encodeConfirmation({ shellId: 's1', reconnected, bytesDropped, holdfast })),
    )
  }

  prints(output: string | Uint8Array): void {
    for (const frame of encodeFrames('stdout', output, 32_768)) this.peer.sendsFrame(frame)
  }

  exits(exit: Omit<ShellExit, 'kind'>): void {
    this.peer.sendsFrame(encodeFrame('status', encodeExit(exit)))
  }

  controlsClient(control: ServerControl): void {
    this.peer.sendsFrame(encodeFrame('ctrl', encodeControl(control)))
  }

  acksInput(offset: number): void {
    this.peer.sendsFrame(encodeFrame('ack', encodeInputAck(offset)))
  }

  /** Reads all that has come by now. */
  async reads(): Promise<void> {
    await this.#world.clock.advance(0)
    while (this.peer.unread.length > 0) {
      const wire = await this.peer.receivesFrame()
      if (typeof wire === 'string') throw new Error('expected binary, got text')
      const decoded = decodeFrame(wire)
      if (decoded.ok) this.#sort(decoded.message)
    }
  }

  /** All input that has come by now. */
  async typed(): Promise<string> {
    await this.reads()
    return this.stdin.map(text).join('')
  }

  #sort(frame: ShellFrame): void {
    this.order.push(frame.channel)
    if (frame.channel === 'stdin') this.stdin.push(frame.payload)
    else if (frame.channel === 'ack') {
      const ack = decodeOutputAck(frame.payload)
      if (!ack.ok) throw new Error(ack.issue)
      this.acks.push(ack.message)
    } else if (frame.channel === 'ctrl') {
      const control = decodeClientControl(frame.payload)
      if (!control.ok) throw new Error(control.issue)
      this.controls.push(control.message)
    } else this.others.push(frame)
  }
}

/** Reads a session in the background, and keeps everything. */
export class Reader {
  readonly frames: ShellOutput[] = []
  ended = false

  constructor(session: AsyncIterable<ShellOutput>) {
    void this.#read(session)
  }

  get stdout(): string {
    return this.frames.map((frame) => (frame.channel === 'stdout' ? frame.text : '')).join('')
  }

  get gaps(): readonly ShellOutput[] {
    return this.frames.filter((frame) => frame.channel === 'gap')
  }

  async #read(session: AsyncIterable<ShellOutput>): Promise<void> {
    for await (const frame of session) this.frames.push(frame)
    this.ended = true
  }
}
