import { openWhenFree } from '../checking/open-when-free.ts'
import type { Stage } from '../checking/rows.ts'
import { addressOf, type ServerTarget } from '../checking/target.ts'
import { HubPeer, type Query } from './hub-peer.ts'

/** The event that rows publish, and the one that their filters let through. */
export const SKIPPED = 'conformance_skipped'
export const WANTED = 'conformance_wanted'

/** The close code of a server that is asked for too much at once (hub §5). */
const RATE_LIMITED = 4429

/** A session of its own, with its lead, and everybody who joins it. */
export class HubStage implements Stage {
  readonly target: ServerTarget
  readonly #peers: HubPeer[] = []
  readonly #end = new AbortController()
  #lead: HubPeer | undefined
  #count = 0

  constructor(target: ServerTarget) {
    this.target = target
  }

  /** Opens a connection, and does not wait for anything. */
  dial(query: Query, target: ServerTarget = this.target): HubPeer {
    const peer = new HubPeer(addressOf(target.url, 'ws', '/api/ws', Object.entries(query)), target)
    this.#peers.push(peer)
    return peer
  }

  /** The lead of the stage's session, which the first call makes. */
  async lead(query: Query = {}): Promise<HubPeer> {
    this.#lead ??= await openWhenFree(
      () => this.dial({ role: 'lead', resume: '1', ...query }),
      (peer) => peer.accepted(),
      { clock: this.target.clock, signal: this.#end.signal, limitedCode: RATE_LIMITED },
    )
    return this.#lead
  }

  async sessionId(): Promise<string> {
    return String((await this.lead()).init['sessionId'])
  }

  /** Joins the session. */
  async join(query: Query): Promise<HubPeer> {
    return this.dial({ sessionId: await this.sessionId(), ...query }).accepted()
  }

  observer(query: Query = {}): Promise<HubPeer> {
    return this.join({ role: 'observer', resume: '1', ...query })
  }

  controller(query: Query = {}): Promise<HubPeer> {
    return this.join({ role: 'controller', resume: '1', ...query })
  }

  /** A controller of the second version. */
  numbered(instance: string, query: Query = {}): Promise<HubPeer> {
    return this.controller({ v: '2', instance, ...query })
  }

  /** The lead publishes events; resolves when they are in the log. */
  async publish(texts: readonly string[], event: string = WANTED): Promise<void> {
    const lead = await this.lead()
    const ids = texts.map((text) => {
      const id = `event-${++this.#count}`
      lead.send({ type: 'event', id, event, data: { text } })
      return id
    })
    await lead.acked(...ids)
  }

  async close(): Promise<void> {
    this.#end.abort()
    for (const peer of this.#peers) peer.drop()
  }
}

/** Commands that the lead was asked to carry out, by their arguments. */
export function commandsOf(lead: HubPeer): readonly unknown[] {
  return lead.frames.filter(({ type }) => type === 'command').map(({ args }) => args)
}

/** Ends a command of the lead's. */
export async function answerCommand(lead: HubPeer, args: string): Promise<void> {
  const { id } = await lead.next((frame) => frame['args'] === args, `the command ${JSON.stringify(args)} at the lead`)
  const mid = `answer-${args}`
  lead.send({ id, actions: [{ action: 'RETURN', result: args }], mid })
  await lead.acked(mid)
}
