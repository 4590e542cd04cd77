import { randomBytes } from 'node:crypto'
import { pause } from '@holdfast/contract'
import type { Stage } from '../checking/rows.ts'
import type { ServerCheck } from '../checking/server-check.ts'
import { addressOf, type ServerTarget } from '../checking/target.ts'
import { unreachable } from '../errors.ts'
import { ATTACH_ROWS } from './attach-rows.ts'
import { SHARED_ROWS } from './shared-rows.ts'
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

/** What a server of the shell's wire has to do. */
export const SHELL_SERVERS: ServerCheck<ShellStage> = {
  rows: [...ATTACH_ROWS, ...SHARED_ROWS],
  open: (target) => new ShellStage(target),
  probe: async (target) => {
    const stage = new ShellStage(target)
    try {
      const peer = stage.dial()
      if (!(await peer.socket.opened())) throw unreachable(peer.socket.whyNot)
      await peer.confirmed().catch((error: unknown) => {
        throw unreachable(`expected a shell: ${error instanceof Error ? error.message : error}`, error)
      })
    } finally {
      await stage.close()
    }
  },
}
