import { systemClock, type Target, type WebSocketChannel, type WebSocketFrame } from '@holdfast/contract'
import { expecting, expectingServer, sentenceOf } from './expecting.ts'
import { RecordingSink } from './recording-sink.ts'
import type { DialPlan, ResolvedExpectations, ServerLink, TransportFixture } from './transport-fixture.ts'

/** Nothing of the suite takes as long, on a busy machine either. In milliseconds. */
const WAIT_MS = 20_000

/** An open channel and the server's end of it. */
export interface OpenLink {
  readonly channel: WebSocketChannel
  readonly link: ServerLink
}

/** What a case of the suite works with. */
export class TransportContext {
  readonly fixture: Omit<TransportFixture, 'until' | 'clock' | 'teardown'>
  readonly #moving: Pick<TransportFixture, 'until' | 'clock'>
  readonly expected: ResolvedExpectations

  constructor(fixture: TransportFixture, expected: ResolvedExpectations) {
    this.fixture = { ...fixture, server: expectingServer(fixture.server) }
    this.#moving = fixture
    this.expected = expected
  }

  /** Waits, moving time where the fixture has to; and no longer than anything takes. Then it says what was expected. */
  until<T>(promise: Promise<T>): Promise<T> {
    const { clock = systemClock } = this.#moving
    const bounded = new Promise<T>((resolve, reject) => {
      const late = (): void => reject(new Error(`${sentenceOf(promise)} (after ${WAIT_MS} ms)`))
      const timer = clock.after(WAIT_MS, late)
      promise.then(resolve, reject).finally(() => timer.cancel())
    })
    return this.#moving.until?.(bounded) ?? bounded
  }

  dial(
    target: Target = this.fixture.target,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<WebSocketChannel> {
    const { name } = this.fixture.transport
    const opening = this.fixture.transport.open(target, { signal })
    return this.until(expecting(opening, () => `expected open() of ${name} to resolve or to reject; it did neither`))
  }

  /** Opens a channel that is not started. */
  async open(plan: DialPlan = { kind: 'accept' }, target?: Target): Promise<OpenLink> {
    await this.fixture.server.plan(plan)
    const channel = await this.dial(target)
    return { channel, link: await this.until(this.fixture.server.link()) }
  }

  /** Opens a channel and starts it. */
  async start(
    react: (frame: WebSocketFrame, channel: WebSocketChannel) => void = () => {},
  ): Promise<OpenLink & { readonly sink: RecordingSink<WebSocketFrame> }> {
    const { channel, link } = await this.open()
    const sink = new RecordingSink<WebSocketFrame>((frame) => react(frame, channel))
    channel.start(sink)
    return { channel, link, sink }
  }

  /**
   * Returns once everything that was already under way has had time to arrive: a whole conversation on a channel of
   * its own has passed. Shows that something did not happen, without waiting for an amount of time.
   */
  async barrier(): Promise<void> {
    const { channel, link, sink } = await this.start()
    for (let round = 1; round <= 3; round++) {
      channel.send('there')
      await this.until(link.received(round))
      await link.send('back')
      await this.until(sink.received(round))
    }
    channel.close(1000)
    await this.until(sink.ended())
  }
}
