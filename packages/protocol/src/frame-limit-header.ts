/**
 * Response header of an upgrade: the largest frame that the server accepts on this connection, in UTF-8 bytes. For
 * wires whose first message is defined by others, and has no field for it.
 */
export const FRAME_LIMIT_HEADER = 'holdfast-max-frame-bytes'

/** The limit that the server announced; undefined where it did not, or where the runtime does not expose headers. */
export function announcedFrameLimit(headers: Readonly<Record<string, string>> | undefined): number | undefined {
  return positiveLimit(Number(headers?.[FRAME_LIMIT_HEADER]))
}

/** A limit sent by a peer; undefined for an invalid one. */
export function positiveLimit(limit: unknown): number | undefined {
  if (typeof limit !== 'number') return undefined
  return Number.isSafeInteger(limit) && limit > 0 ? limit : undefined
}
