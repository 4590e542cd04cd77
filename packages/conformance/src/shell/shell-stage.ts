import { randomBytes } from 'node:crypto'
import { pause } from '@holdfast/contract'
import { openWhenFree } from '../checking/open-when-free.ts'
import type { Stage } from '../checking/rows.ts'
import { addressOf, type ServerTarget } from '../checking/target.ts'
import { CHANNEL } from './shell-frames.ts'
import { ShellPeer } from './shell-peer.ts'

/** So often in a row nothing new, so far apart in milliseconds: it is still. */
const STILL_TIMES = 5
const STILL_MS = 100

/** A server that does not end its shells is not waited for longer, in milliseconds. */
const CLOSING_MS = 3_000

/** A shell of its own, and everybody who is attached to it. */
export class ShellStage implements Stage {
  readonly #target: ServerTarget
  readonly #shellId = `conformance-${randomBytes(6).toString('hex')}`
  readonly #peers: ShellPeer[] = []
  readonly #over = new AbortController()

  constructor(target: ServerTarget) {
    this.#target = target
  }

  /** Opens a connection to the stage's shell, which the first one makes. Without pictures, unless the row asks for them. */
  dial(query: Readonly<Record<string, string>> = {}, target: ServerTarget = this.#target): ShellPeer {
    const parameters = { shellId: this.#shellId, screen: 'none', ...query }
    const peer = new ShellPeer(addressOf(target.url, 'ws', '/shells', Object.entries(parameters)), target)
    this.#peers.push(peer)
    return peer
  }

  attach(query: Readonly<Record<string, string>> = {}, target: ServerTarget = this.#target): Promise<ShellPeer> {
    return openWhenFree(
      () => this.dial(query, target),
      (peer) => peer.confirmed(),
      { clock: this.#target.clock, signal: this.#over.signal },
    )
  }

  /** Resolves when no more output comes: the server answers, and for a while says nothing else. */
  async isStill(peer: ShellPeer): Promise<void> {
    let before = -1
    for (let times = 0; times < STILL_TIMES; times = peer.received === before ? times + 1 : 0) {
      before = peer.received
      await pause(this.#target.clock, STILL_MS, this.#over.signal)
      await peer.settled()
    }
  }

  /** Ends the shell for good, as its published clients do: nothing of it is left on the server. */
  async close(): Promise<void> {
    const wasThere = this.#peers.some(({ status }) => 'metadata' in status)
    for (const peer of this.#peers) peer.drop()
    if (wasThere) await this.#end().catch(() => {})
    this.#over.abort()
    for (const peer of this.#peers) peer.drop()
  }

  /** By another client, since those before may be gone, or have no right to. @throws Mismatch where the server does not do it */
  async #end(): Promise<void> {
    const last = await this.attach({}, { ...this.#target, timeoutMs: Math.min(CLOSING_MS, this.#target.timeoutMs) })
    last.send(CHANNEL.close)
    await last.socket.frames.ended('a close, as the answer to CLOSE')
  }
}
