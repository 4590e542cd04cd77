import type { Delivery } from '@holdfast/core'
import { type JsonRpcId, type JsonRpcRequest, jsonRpcIdKey } from '@holdfast/protocol/acp'

/** A request of the application that has no answer yet. */
export interface InFlight {
  readonly request: JsonRpcRequest
  readonly delivery: Delivery
}

/** The requests of the application that have no answer yet, by id. Ids that repeat are answered in order. */
export class RequestsInFlight {
  readonly #byId = new Map<string, readonly InFlight[]>()
  readonly #deliveries = new Set<Delivery>()

  add(request: JsonRpcRequest, delivery: Delivery): InFlight {
    const entry = { request, delivery }
    const key = jsonRpcIdKey(request.id)
    this.#deliveries.add(delivery)
    this.#byId.set(key, [...(this.#byId.get(key) ?? []), entry])
    return entry
  }

  /** The request that this answers; undefined: there is none, or it was answered before. */
  settle(id: JsonRpcId): InFlight | undefined {
    const [first] = this.#byId.get(jsonRpcIdKey(id)) ?? []
    if (first !== undefined) this.remove(first)
    return first
  }

  /** False: it has been answered. */
  remove(entry: InFlight): boolean {
    const key = jsonRpcIdKey(entry.request.id)
    const all = this.#byId.get(key) ?? []
    const rest = all.filter((other) => other !== entry)
    this.#deliveries.delete(entry.delivery)
    if (rest.length === 0) this.#byId.delete(key)
    else this.#byId.set(key, rest)
    return rest.length < all.length
  }

  /** This one's answer has not come. */
  awaits(delivery: Delivery): boolean {
    return this.#deliveries.has(delivery)
  }

  /** Those that may have reached the server. */
  written(): readonly InFlight[] {
    return [...this.#byId.values()].flat().filter(({ delivery }) => delivery.state !== 'queued')
  }
}
