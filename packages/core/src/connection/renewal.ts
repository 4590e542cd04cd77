import type { Timer } from '@holdfast/contract'
import type { HandshakeResult } from '../client-protocol.ts'
import type { Dial } from './dial.ts'
import type { Engine } from './engine.ts'
import { rotationDelay } from './prepare.ts'

/** Credentials are renewed before they expire: in band where the protocol can, else by a new connection. */
export class Renewal<In, Out, WireIn, WireOut, Ready extends HandshakeResult | undefined> {
  readonly #engine: Engine<In, Out, WireIn, WireOut, Ready>
  readonly #dial: Dial<In, Out, WireIn, WireOut, Ready>
  #timer: Timer | undefined

  constructor(engine: Engine<In, Out, WireIn, WireOut, Ready>, dial: Dial<In, Out, WireIn, WireOut, Ready>) {
    this.#engine = engine
    this.#dial = dial
    this.#before(dial.credentials?.expiresAt)
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #before(expiresAt: number | undefined): void {
    this.#timer?.cancel()
    if (expiresAt === undefined) return
    const { clock, options } = this.#engine
    const delay = rotationDelay(expiresAt, clock.epoch(), options.random)
    this.#timer = clock.after(delay, () => void this.renew())
  }

  /** Now. Never rejects. */
  async renew(): Promise<void> {
    const engine = this.#engine
    const dial = this.#dial
    const { protocol } = engine
    try {
      if (protocol.renew !== undefined) {
        const { credentials } = await engine.prepare(dial.attempt, 'rotate', new AbortController().signal)
        if (credentials === undefined || engine.writer !== dial) return
        protocol.renew(credentials, dial)
        return this.#before(credentials.expiresAt)
      }
    } catch (error) {
      engine.problem('renewing credentials failed', error)
    }
    engine.apply({ type: 'leave', generation: dial.generation, reason: 'rotate', spreadMs: 0 })
  }
}
