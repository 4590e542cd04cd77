import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import WebSocket from 'ws'

export const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Asks a process of `observed.ts` or `crowd-peer.ts` one thing. Rejects when it ends instead. */
export async function ask(child: ChildProcess, what: string | object): Promise<Record<string, number>> {
  const ending = new AbortController()
  const ended = (): void => ending.abort(new Error(`expected an answer of process ${child.pid}, and it ended`))
  child.once('exit', ended)
  const answered = once(child, 'message', { signal: ending.signal })
  child.send(what)
  try {
    const [answer] = await answered
    return answer
  } finally {
    child.off('exit', ended)
  }
}

/** A script of this folder in a process of its own. */
export function forked(script: string, args: readonly string[] = [], execArgv: readonly string[] = []): ChildProcess {
  const path = fileURLToPath(new URL(`./${script}.mjs`, import.meta.url))
  return fork(path, args, { execArgv: [...execArgv] })
}

/** To how many an event came, and when to the last of them, in milliseconds since 1970. */
interface Arrival {
  readonly count: number
  readonly lastAt: number
}

/** Clients in two processes of their own: descriptors of one are limited. */
export class Clients {
  readonly #peers: readonly ChildProcess[]
  readonly #tokens: readonly string[]

  private constructor(peers: readonly ChildProcess[], tokens: readonly string[]) {
    this.#peers = peers
    this.#tokens = tokens
  }

  static async of(port: number, tokens: readonly string[]): Promise<Clients> {
    const peers = [0, 1].map(() => forked('crowd-peer', [`${port}`]))
    await Promise.all(peers.map((peer) => once(peer, 'message')))
    return new Clients(peers, tokens)
  }

  /** So many more, an even number: leads of sessions of their own, or observers of these. */
  async grow(count: number, kind: 'observer' | 'lead', sessions: readonly string[] = []): Promise<void> {
    const grow = count / this.#peers.length
    await Promise.all(this.#peers.map((peer) => ask(peer, { grow, kind, tokens: this.#tokens, sessions })))
  }

  /** So many events, said by so many of the leads in turn. Resolves when the gateway has answered all. */
  async say(events: number, leads: number): Promise<void> {
    const { length } = this.#peers
    await Promise.all(this.#peers.map((peer) => ask(peer, { say: events / length, of: leads / length })))
  }

  /** Of the events that carry a number (`at 12;`), by it. */
  async arrivals(): Promise<ReadonlyMap<number, Arrival>> {
    const all = new Map<number, Arrival>()
    for (const peer of this.#peers) {
      const { arrivals } = Object(await ask(peer, 'arrivals'))
      for (const [n, { count, lastAt }] of arrivals) {
        const known = all.get(n) ?? { count: 0, lastAt: 0 }
        all.set(n, { count: known.count + count, lastAt: Math.max(known.lastAt, lastAt) })
      }
    }
    return all
  }

  leave(): void {
    for (const peer of this.#peers) peer.kill()
  }
}

/** A lead that says something. */
export interface Lead {
  readonly session: string
  readonly socket: WebSocket
}

export async function joinAsLead(port: number, token: string): Promise<Lead> {
  const { init, socket } = await join(port, token, 'role=lead&resume=1')
  return { socket, session: Object(init).sessionId }
}

/** Where a session is now: whoever comes back from there is sent what is said later. */
export async function positionNow(port: number, token: string, session: string): Promise<string> {
  const { init, socket } = await join(port, token, `role=observer&resume=1&sessionId=${session}`)
  socket.terminate()
  const { epoch, seq, anchor } = Object(init).holdfast
  return `${epoch}.${seq}.${anchor}`
}

async function join(port: number, token: string, query: string): Promise<{ init: unknown; socket: WebSocket }> {
  const headers = { authorization: `Bearer ${token}` }
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/ws?${query}`, { headers, perMessageDeflate: false })
  const [first] = await once(socket, 'message')
  return { init: JSON.parse(String(first)), socket }
}
