import { Silence } from './inbound-silence.ts'
import type { LivenessRule } from './liveness-types.ts'

/** Options of {@link mutualBeats}. Times in milliseconds, usually those that the two sides have negotiated. */
export interface MutualBeats<Out> {
  /** Makes the heartbeat that this side sends. */
  readonly beat: () => Out
  /** So often. `Infinity`: this side has promised nothing. */
  readonly everyMs: number
  /**
   * Silence of the peer that ends the link, in milliseconds: twice the interval that the peer promised, or more.
   * `Infinity`: it promised none.
   */
  readonly timeoutMs: number
}

/**
 * Liveness for wires on which both sides send heartbeats at a fixed interval and without answers, such as STOMP
 * (1.2, heart-beating) and AMQP (0-9-1 §4.2.7): this side's heartbeat leaves at set times, and silence of the peer ends
 * the link. It does not prove that writes arrive. The peer's heartbeats are protocol messages: `receive` returns `true`
 * for them.
 */
export function mutualBeats<In, Out>({ beat, everyMs, timeoutMs }: MutualBeats<Out>): LivenessRule<In, Out> {
  return (host) => {
    const watch = new Silence<In, Out>(timeoutMs, host)
    const next = () =>
      host.clock.after(everyMs, () => {
        timer = next()
        host.send(beat())
      })
    let timer = next()
    const stop = watch.stop.bind(watch)
    return Object.assign(watch, {
      stop: () => {
        timer.cancel()
        stop()
      },
    })
  }
}
