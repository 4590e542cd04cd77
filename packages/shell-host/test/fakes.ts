import type { ChannelSink, Clock, WebSocketChannel, WebSocketFrame } from '@holdfast/contract'
import { decodeStatus, type ShellDialect, type ShellTarget } from '@holdfast/protocol/shell'
import { dialectOf } from '../src/client/dialects/dialects.ts'
import { type AdmissionRequest, ShellHost, type ShellHostOptions } from '../src/index.ts'
import type { PtyBackend, PtyEvents } from '../src/pty/pty.ts'

/** A channel in memory: what was sent, and a hand on what comes. */
export class FakeChannel implements WebSocketChannel {
  readonly traits = { binary: true, ping: true, pause: true, requestHeaders: true }
  readonly opening = { protocol: '' }
  readonly sent: Uint8Array[] = []
  bufferedBytes = 0
  pings = 0
  paused = false
  closedWith: { code: number | undefined; reason: string | undefined } | undefined
  terminated = false
  sink: ChannelSink<WebSocketFrame> | undefined
  #drained: (() => void)[] = []

  start(sink: ChannelSink<WebSocketFrame>): void {
    this.sink = sink
  }
  send(frame: WebSocketFrame): void {
    if (typeof frame === 'string') throw new Error('a shell sends no text')
    if (this.closedWith === undefined) this.sent.push(frame)
  }
  drained(): Promise<void> {
    if (this.bufferedBytes === 0) return Promise.resolve()
    return new Promise((resolve) => void this.#drained.push(resolve))
  }
  drain(): void {
    this.bufferedBytes = 0
    for (const resolve of this.#drained.splice(0)) resolve()
  }
  pause(): void {
    this.paused = true
  }
  resume(): void {
    this.paused = false
  }
  ping(): void {
    this.pings += 1
  }
  close(code?: number, reason?: string): void {
    this.closedWith ??= { code, reason }
    this.sink?.closed({ code, reason: reason ?? '', clean: true })
  }
  terminate(): void {
    if (this.terminated) return
    this.terminated = true
    this.sink?.closed({ reason: '', clean: false })
  }

  /** Payloads of one channel byte. */
  payloads(byte: number): Buffer[] {
    return this.sent.filter((frame) => frame[0] === byte).map((frame) => Buffer.from(frame.subarray(1)))
  }
  get stdout(): string {
    return Buffer.concat(this.payloads(1)).toString()
  }
  get statuses(): unknown[] {
    return this.payloads(3).map((payload) => {
      const status = decodeStatus(payload)
      return status.ok ? status.message : status.issue
    })
  }
}

/** A program whose every word is the test's. */
export class FakeBackend implements PtyBackend {
  readonly name = 'fake'
  events: PtyEvents | undefined
  paused = false
  readonly input: Buffer[] = []
  stalled: (() => void) | undefined
  stall = false
  async spawn(_spawn: unknown, events: PtyEvents) {
    this.events = events
    return {
      // A process id that nobody has: nothing is killed by these tests.
      pid: 2 ** 22 + 7,
      tty: true,
      write: (bytes: Uint8Array, written: () => void) => {
        this.input.push(Buffer.from(bytes))
        if (this.stall) this.stalled = written
        else written()
      },
      endInput: () => {},
      hidesInput: () => Promise.resolve(false),
      resize: () => {},
      pause: () => {
        this.paused = true
      },
      resume: () => {
        this.paused = false
      },
      dispose: () => {},
    }
  }
  say(text: string | Uint8Array): void {
    this.events?.output(typeof text === 'string' ? Buffer.from(text) : text)
  }
}

export interface FakeHost {
  readonly host: ShellHost
  readonly backend: FakeBackend
  attach(target?: Partial<ShellTarget>, dialect?: ShellDialect, channel?: FakeChannel): Promise<FakeChannel>
}

/** A host whose programs and connections are fakes. */
export function fakeHost(clock: Clock, options: ShellHostOptions = {}): FakeHost {
  const backend = new FakeBackend()
  const host = new ShellHost({
    clock,
    backend,
    policy: () => ({ file: '/bin/sh', args: [], cwd: '/', env: {} }),
    // What they attach to are bytes; pictures of terminals have tests of their own.
    screens: false,
    ...options,
  })
  return {
    host,
    backend,
    async attach(target = {}, dialect = 'agentcore', channel = new FakeChannel()) {
      const request: AdmissionRequest = {
        principal: { id: 'ada', scopes: new Set(['shell']) },
        dialect: dialectOf(dialect),
        requested: { kind: 'shell', target: { shellId: 'one', sessionId: 's', ...target } },
      }
      await (await host.admit(request)).attach(channel)
      return channel
    },
  }
}
