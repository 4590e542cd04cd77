import type { LivenessRule } from './liveness.ts'
import { Silence } from './silence.ts'

/** How {@link mutualBeats} are told. Times in milliseconds, mostly what the two sides have agreed on. */
export interface MutualBeats<Out> {
  /** What this side says. */
  readonly beat: () => Out
  /** So often. `Infinity`: this side has promised nothing. */
  readonly everyMs: number
  /** So long a silence of the peer ends the link: twice what it promised, or more. `Infinity`: it has promised nothing. */
  readonly timeoutMs: number
}

/**
 * For wires on which both sides say something every so often and nobody is asked, such as STOMP (1.2, heart-beating) and AMQP (0-9-1
 * §4.2.7): this side's beat leaves at set times, and silence of the peer ends the link. It proves nothing about what was written. The
 * peer's beats are messages of the protocol's own: `receive` returns `true` for them.
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
