import type { Delivery } from '@holdfast/core'
import type { JsonRpcId, JsonRpcRequest } from '@holdfast/protocol/acp'

/** A request of the application that has no answer yet. */
export interface InFlight {
  readonly request: JsonRpcRequest
  readonly delivery: Delivery
}

/** The requests of the application that have no answer yet, by id. Ids that repeat are answered in order. */
export class RequestsInFlight {
  readonly #byId = new Map<JsonRpcId, InFlight[]>()

  add(request: JsonRpcRequest, delivery: Delivery): InFlight {
    const entry = { request, delivery }
    const same = this.#byId.get(request.id)
    if (same === undefined) this.#byId.set(request.id, [entry])
    else same.push(entry)
    return entry
  }

  /** The request that this answers; undefined: there is none, or it was answered before. */
  settle(id: JsonRpcId): InFlight | undefined {
    const first = this.#byId.get(id)?.[0]
    if (first !== undefined) this.remove(first)
    return first
  }

  /** False: it has been answered. */
  remove(entry: InFlight): boolean {
    const { id } = entry.request
    const same = this.#byId.get(id) ?? []
    const at = same.indexOf(entry)
    if (at < 0) return false
    if (same.length === 1) this.#byId.delete(id)
    else same.splice(at, 1)
    return true
  }

  /** Those that may have reached the server. */
  written(): readonly InFlight[] {
    return [...this.#byId.values()].flat().filter(({ delivery }) => delivery.state !== 'queued')
  }
}
