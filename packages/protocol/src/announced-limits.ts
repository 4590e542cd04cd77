/**
 * Header of an upgrade's answer: the largest frame that the server takes on this connection, in UTF-8 bytes. For wires
 * whose first message is somebody else's, and has no place for it.
 */
export const FRAME_LIMIT_HEADER = 'holdfast-max-frame-bytes'

/** What the server told; undefined where it did not, or where the runtime shows no headers. */
export function announcedFrameLimit(headers: Readonly<Record<string, string>> | undefined): number | undefined {
  return positiveLimit(Number(headers?.[FRAME_LIMIT_HEADER]))
}

/** A limit as a peer told it; undefined for what is none. */
export function positiveLimit(limit: unknown): number | undefined {
  if (typeof limit !== 'number') return undefined
  return Number.isSafeInteger(limit) && limit > 0 ? limit : undefined
}
