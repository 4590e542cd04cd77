import type { HubConversationEntry } from '@holdfast/protocol/hub'

/** Finds the entries of a hydration that no earlier one carried, by their `sequence`. Entries without one are always new. */
export class FreshEntries {
  #highest = Number.NEGATIVE_INFINITY

  of(entries: readonly HubConversationEntry[]): readonly HubConversationEntry[] {
    const before = this.#highest
    for (const { sequence } of entries) if (sequence !== undefined && sequence > this.#highest) this.#highest = sequence
    return entries.filter(({ sequence }) => sequence === undefined || sequence > before)
  }
}
