import { createHash } from 'node:crypto'
import { type HubPosition, parseHubPosition } from '@holdfast/protocol/hub'

const PARTS = /^([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-8([0-9a-f]{3})-([0-9a-f]{8})([0-9a-f]{4})$/

/**
 * The uuid of the message that an event of a session's log becomes: always the same, and a place to go on from. A uuid
 * of version 8 (RFC 9562): the event's number, the hash of its id, and a hash of the log's epoch.
 */
export function positionUuid({ epoch, seq, anchor: eventHash = '' }: HubPosition): string {
  const n = seq.toString(16).padStart(12, '0')
  const life = hashOf(epoch)
  const tail = eventHash.padStart(8, '0').slice(0, 8)
  return `${n.slice(0, 8)}-${n.slice(8)}-8${life.slice(0, 3)}-8${life.slice(3, 6)}-${tail}${life.slice(6)}`
}

/** The position that a uuid names in the log of this epoch; undefined where it names none in it. */
export function positionOfUuid(uuid: string, epoch: string): HubPosition | undefined {
  const [, high, low, first, second, eventHash, third] = PARTS.exec(uuid.toLowerCase()) ?? []
  if (eventHash === undefined || `${first}${second}${third}` !== hashOf(epoch)) return undefined
  return { epoch, seq: Number.parseInt(`${high}${low}`, 16), anchor: eventHash }
}

/** What an item of the log says of itself. */
export function uuidOfPosition(position: string): string | undefined {
  const parsed = parseHubPosition(position)
  return parsed === undefined ? undefined : positionUuid(parsed)
}

function hashOf(epoch: string): string {
  return createHash('sha256').update(epoch).digest('hex').slice(0, 10)
}
