/** The event hash of a position before the first event. */
export const EMPTY_EVENT_HASH = '00000000'

/** Eight hex digits derived from an event's id: FNV-1a, 32 bits, over UTF-16 units. Against accidents, not attacks. */
export function eventHashOf(id: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) {
    const unit = id.charCodeAt(i)
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193)
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
