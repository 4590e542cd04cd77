import { throwIfAborted } from '@holdfast/core/contract'

/** How {@link paste} puts text into a terminal. */
export interface PasteOptions {
  /**
   * Wraps the text in the markers of bracketed paste, so that an editor or a shell does not run it. Only where the
   * program has enabled it (`ESC[?2004h`): other programs would see the markers. @defaultValue false
   */
  readonly bracketed?: boolean | undefined
  /** Aborting it stops between two pieces; the closing mark is still sent. */
  readonly signal?: AbortSignal | undefined
  /** @defaultValue 16384 */
  readonly chunkBytes?: number | undefined
}

const ESC = '\u001b'
/** The escape character, and what some terminals take for it and a bracket in one: U+009B (ECMA-48 §5.3). */
const INTRODUCERS = /[\u001b\u009b]/g
const BEGIN = `${ESC}[200~`
const END = `${ESC}[201~`
const CHUNK_BYTES = 16_384

/**
 * Pastes text as a terminal does: line ends become carriage returns and, in a bracketed paste, escape characters are
 * removed so that the text cannot end the paste. Sent in pieces, as fast as the program reads: `send()` waits for room
 * (`input-buffer.ts`), as it does for what a person's terminal pastes by itself.
 * @throws what `send()` throws, or the signal's reason
 */
export async function paste(
  session: { send(data: string | Uint8Array): Promise<void> },
  text: string,
  options: PasteOptions = {},
): Promise<void> {
  const { bracketed = false, signal, chunkBytes = CHUNK_BYTES } = options
  const bytes = new TextEncoder().encode((bracketed ? text.replace(INTRODUCERS, '') : text).replace(/\r\n|\n/g, '\r'))
  throwIfAborted(signal)
  if (bracketed) await session.send(BEGIN)
  try {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      throwIfAborted(signal)
      await session.send(bytes.subarray(at, at + chunkBytes))
    }
  } finally {
    if (bracketed) await session.send(END)
  }
}
