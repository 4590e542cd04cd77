import type { Transport } from '@holdfast/core'
import type { ForApp } from '@holdfast/core/protocol'
import { type HubEventFilter, hubEventFilter, parseHubPosition } from '@holdfast/protocol/hub'
import type { SharedHubPosition } from './shared.ts'

/** The event filter of one tab, among all that the hub was asked for. Hub §4. */
export class TabFilter {
  patterns: readonly string[] = []
  #passes: HubEventFilter = () => true

  set(patterns: readonly string[]): void {
    this.patterns = patterns
    this.#passes = hubEventFilter(patterns)
  }

  /** What a client subscribes to, and the position that it was given, are in what it dials, each time. */
  watching<In, Out>(
    transport: Transport<In, Out>,
    startAfter: (position: SharedHubPosition) => void,
  ): Transport<In, Out> {
    return {
      ...transport,
      open: (target, options) => {
        const { searchParams } = new URL(target.url)
        this.set((searchParams.get('subscribe') ?? '').split(',').filter((pattern) => pattern !== ''))
        const after = parseHubPosition(searchParams.get('after') ?? target.headers?.['last-event-id'] ?? '')
        if (after !== undefined) startAfter(after)
        return transport.open(target, options)
      },
    }
  }

  /** What the protocol decided of a message; one that this tab did not subscribe to, or knows, is done with at once. */
  let(decided: boolean | ForApp, message: object, isKnown: boolean = false): boolean | ForApp {
    if (typeof decided === 'boolean' || (!isKnown && this.#isWanted(message))) return decided
    decided.taken(false)
    return true
  }

  #isWanted(message: object): boolean {
    const { type, event, category }: { type?: unknown; event?: unknown; category?: unknown } = message
    if (type === 'broadcast') return this.#passes(String(event), String(category))
    return type !== 'presence' || this.#passes(String(event), 'presence') || this.#passes(String(event), 'session')
  }
}
