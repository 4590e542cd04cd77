import { randomBytes } from 'node:crypto'
import { pause } from '@holdfast/contract'
import type { Stage } from '../checking/rows.ts'
import { addressOf, type ServerTarget } from '../checking/target.ts'
import { ShellPeer } from './shell-peer.ts'

/** So often in a row nothing new, so far apart in milliseconds: it is still. */
const STILL_TIMES = 5
const STILL_MS = 100

/** A shell of its own, and everybody who is attached to it. */
export class ShellStage implements Stage {
  readonly #target: ServerTarget
  readonly #shellId = `conformance-${randomBytes(6).toString('hex')}`
  readonly #peers: ShellPeer[] = []
  readonly #end = new AbortController()

  constructor(target: ServerTarget) {
    this.#target = target
  }

  /** Opens a connection to the stage's shell, which the first one makes. Without pictures, unless the row asks for them. */
  dial(query: Readonly<Record<string, string>> = {}): ShellPeer {
    const parameters = { shellId: this.#shellId, screen: 'none', ...query }
    const peer = new ShellPeer(addressOf(this.#target.url, 'ws', '/shells', Object.entries(parameters)), this.#target)
    this.#peers.push(peer)
    return peer
  }

  attach(query: Readonly<Record<string, string>> = {}): Promise<ShellPeer> {
    return this.dial(query).confirmed()
  }

  /** Resolves when no more output comes: the server answers, and for a while says nothing else. */
  async isStill(peer: ShellPeer): Promise<void> {
    let before = -1
    for (let times = 0; times < STILL_TIMES; times = peer.received === before ? times + 1 : 0) {
      before = peer.received
      await pause(this.#target.clock, STILL_MS, this.#end.signal)
      await peer.settled()
    }
  }

  /** Ends the shell: nothing of it is left on the server. */
  async close(): Promise<void> {
    this.#end.abort()
    for (const peer of this.#peers) peer.type('exit\n')
    for (const peer of this.#peers) peer.drop()
  }
}
