import { CheckedClient, type ClientTarget, type SendOutcome } from '../checking/checked-client.ts'
import type { Frames } from '../checking/frames.ts'
import type { Json } from '../checking/json.ts'
import type { Stage } from '../checking/rows.ts'
import { anchorOf, ClientLink } from './client-link.ts'

/** The epoch of the session, with the client's name in it. */
export const EPOCH = 'conformanceepoch-client'

/** The bound that the server announces. */
export const MAX_FRAME_BYTES = 16_384

/** A hub that does what the row says, and the client that is checked. */
export class ClientScene implements Stage {
  readonly #client: CheckedClient<ClientLink>

  private constructor(client: CheckedClient<ClientLink>) {
    this.#client = client
  }

  static async open(target: ClientTarget): Promise<ClientScene> {
    const client = await CheckedClient.open({
      target,
      link: (socket, request) => new ClientLink(socket, request, target),
      describe: ({ url }) => url,
    })
    return new ClientScene(client)
  }

  /** The lines that the client wrote. */
  get reports(): Frames<Json> {
    return this.#client.reports
  }

  /** Texts of the events that the client gave to its application. */
  get texts(): readonly unknown[] {
    return this.#client.texts
  }

  /** Starts a client, or one more. */
  start(role: 'controller' | 'observer' = 'controller'): void {
    this.#client.start({ HOLDFAST_SESSION: 'conformance', HOLDFAST_ROLE: role })
  }

  /** The next connection of the client. */
  arrival(): Promise<ClientLink> {
    if (!this.#client.isStarted) this.start()
    return this.#client.arrival()
  }

  /** The next connection, accepted: by version 2 and with a memory of the client, unless `offer` says something else. */
  async accept(offer: Json = {}, seq = 0): Promise<ClientLink> {
    const link = await this.arrival()
    const isBack = link.query.has('after')
    const sender = { known: isBack, highest: 0, answersFrom: 1 }
    const limits = { maxFrameBytes: MAX_FRAME_BYTES }
    const base = { v: 2, epoch: EPOCH, seq, anchor: anchorOf(seq), resumed: isBack, limits, sender }
    link.send({
      type: 'init',
      role: link.query.get('role') ?? 'observer',
      sessionId: 'conformance',
      holdfast: { ...base, ...offer },
    })
    link.send({ type: 'live', seq, anchor: anchorOf(seq) })
    return link
  }

  /** Makes the client send a message. */
  send(text: string): void {
    this.#client.instruct({ send: text })
  }

  /** The client has given this to its application. */
  received(text: string): Promise<Json> {
    return this.#client.received(text)
  }

  /** The client has reported the outcome of a message. */
  outcome(text: string, outcome: SendOutcome): Promise<Json> {
    return this.#client.outcome(text, outcome)
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}
