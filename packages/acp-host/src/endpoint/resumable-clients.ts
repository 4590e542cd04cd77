import type { WebSocketChannel } from '@holdfast/contract'
import { RESTART_CLOSE } from '@holdfast/gate'
import type { AcpResumeRequest, JsonRpcRequest } from '@holdfast/protocol/acp'
import { ENDED_CLOSE, ResumableClient, type ResumableClientParts } from './resumable-client.ts'

type Common = Pick<ResumableClientParts, 'service' | 'clock' | 'limits'>

/** The clients with the resume extension that this gateway remembers. */
export class ResumableClients {
  readonly #common: Common
  readonly #newEpoch: () => string
  readonly #clients = new Map<string, ResumableClient>()

  constructor(common: Common, newEpoch: () => string) {
    this.#common = common
    this.#newEpoch = newEpoch
  }

  get size(): number {
    return this.#clients.size
  }

  /**
   * A link has said `initialize`: of a client that is known, of one that another life has served, or of a new one. `ready`
   * settles when its next message may come.
   */
  enter(
    channel: WebSocketChannel,
    { principal, agent }: Pick<ResumableClientParts, 'principal' | 'agent'>,
    initialize: JsonRpcRequest,
    asked: AcpResumeRequest,
  ): { readonly client: ResumableClient; readonly ready: void | Promise<void> } {
    const key = JSON.stringify([principal.id, asked.client])
    const { id } = initialize
    const after = asked.after ?? 0
    const known = this.#clients.get(key)
    if (known?.remembers(asked.epoch, after) === true) return { client: known, ready: known.attach(channel, id, after) }
    known?.end(ENDED_CLOSE, 'another link')
    const isNew = asked.epoch === undefined
    const client = this.#newClient(key, { principal, agent }, asked, initialize)
    this.#clients.set(key, client)
    return { client, ready: isNew ? client.begin(channel) : client.attach(channel, id, undefined) }
  }

  #newClient(
    key: string,
    who: Pick<ResumableClientParts, 'principal' | 'agent'>,
    { client, epoch, positions = [] }: AcpResumeRequest,
    initialize: JsonRpcRequest,
  ): ResumableClient {
    return new ResumableClient({
      ...this.#common,
      ...who,
      client,
      epoch: this.#newEpoch(),
      initialize,
      positions: epoch === undefined ? undefined : positions,
      forgotten: (gone) => {
        if (this.#clients.get(key) === gone) this.#clients.delete(key)
      },
    })
  }

  close(): void {
    for (const client of [...this.#clients.values()]) client.end(RESTART_CLOSE, '')
  }
}
