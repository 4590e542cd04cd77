import { type Clock, pause } from '@holdfast/contract'

/** How long a server is waited for that is asked for too much at once, and how often it is asked again. Milliseconds. */
const LIMITED_MS = 120_000
const PAUSE_MS = 1_000

/** What is seen of a connection that was refused. */
interface Refusable {
  readonly socket: {
    /** The status of a refused upgrade. */
    readonly refusedWith: number | undefined
    readonly frames: { readonly ending: { readonly code: number } | undefined }
  }
}

/**
 * Servers limit how much is opened in a short time: then it waits until it may. They say it with 429 at the upgrade, or with the close
 * code `limitedCode`. Rejects with what `accepted` rejected with.
 */
export async function openWhenFree<Peer extends Refusable>(
  dial: () => Peer,
  accepted: (peer: Peer) => Promise<Peer>,
  { clock, signal, limitedCode }: { clock: Clock; signal: AbortSignal; limitedCode?: number },
): Promise<Peer> {
  const until = clock.now() + LIMITED_MS
  for (;;) {
    const peer = dial()
    try {
      return await accepted(peer)
    } catch (error) {
      const { refusedWith, frames } = peer.socket
      const isLimited = refusedWith === 429 || (limitedCode !== undefined && frames.ending?.code === limitedCode)
      if (!isLimited || clock.now() > until) throw error
      await pause(clock, PAUSE_MS, signal)
    }
  }
}
