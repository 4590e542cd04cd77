import { pause } from '@holdfast/contract'
import type { Stage } from '../checking/rows.ts'
import { addressOf, type ServerTarget } from '../checking/target.ts'
import { HubPeer, type Query } from './hub-peer.ts'

/** The event that rows publish, and the one that their filters let through. */
export const SKIPPED = 'conformance_skipped'
export const WANTED = 'conformance_wanted'

/** The close code of a server that is asked for too much at once (hub §5), and how long it is waited for. Milliseconds. */
const RATE_LIMITED = 4429
const RATE_LIMITED_MS = 120_000
const RATE_PAUSE_MS = 1_000

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
    this.#lead ??= await this.#newLead({ role: 'lead', resume: '1', ...query })
    return this.#lead
  }

  /** Servers limit how many sessions are made in a short time: then it waits until it may. */
  async #newLead(query: Query): Promise<HubPeer> {
    const { clock } = this.target
    const until = clock.now() + RATE_LIMITED_MS
    for (;;) {
      const peer = this.dial(query)
      try {
        return await peer.accepted()
      } catch (error) {
        const isLimited = peer.socket.frames.ending?.code === RATE_LIMITED || peer.socket.refusedWith === 429
        if (!isLimited || clock.now() > until) throw error
        await pause(clock, RATE_PAUSE_MS, this.#end.signal)
      }
    }
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
