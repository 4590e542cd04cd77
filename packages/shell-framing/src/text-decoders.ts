const EMPTY = new Uint8Array(0)
/** What stands open at a cut of a character of four bytes. */
const MAX_OPEN_BYTES = 3

/**
 * Text of several channels at once. A character that a frame cuts in two is put together from both halves;
 * bytes that are no UTF-8 become U+FFFD, and nothing is lost or thrown.
 */
export class TextDecoders {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  /** The beginning of a character, by channel. */
  readonly #open = new Map<number, Uint8Array>()

  /** The text that these bytes complete on their channel. */
  decode(rawChannelByte: number, payload: Uint8Array): string {
    return this.textOf(rawChannelByte, payload)()
  }

  /**
   * The same for who may not need the text: it is decoded when the returned function is called, and the bytes are read
   * until then. What comes next on the channel is not affected by when that is, or whether.
   */
  textOf(rawChannelByte: number, payload: Uint8Array): () => string {
    const before = this.#open.get(rawChannelByte) ?? EMPTY
    const bytes = before.length === 0 ? payload : joined(before, payload)
    const end = bytes.length - openBytes(bytes)
    if (end < bytes.length) this.#open.set(rawChannelByte, bytes.slice(end))
    else if (before.length > 0) this.#open.delete(rawChannelByte)
    return () => this.#decoder.decode(bytes.subarray(0, end))
  }

  /** The channel has ended, or bytes of it are missing: what was left of a character, as U+FFFD. */
  flush(rawChannelByte: number): string {
    const open = this.#open.get(rawChannelByte)
    this.#open.delete(rawChannelByte)
    return open === undefined ? '' : this.#decoder.decode(open)
  }

  /** Forgets every unfinished character. */
  reset(): void {
    this.#open.clear()
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length)
  all.set(first)
  all.set(second, first.length)
  return all
}

/** How many bytes at the end begin a character that is not whole, and may still become one. */
function openBytes(bytes: Uint8Array): number {
  for (let length = 1; length <= Math.min(MAX_OPEN_BYTES, bytes.length); length++) {
    const lead = bytes[bytes.length - length] ?? 0
    if (lead < 0x80) return 0
    if (lead >= 0xc0) return mayGoOn(lead, bytes.subarray(bytes.length - length + 1)) ? length : 0
  }
  return 0
}

/** Whether bytes that follow this one may do so in UTF-8, and more of them must (WHATWG Encoding, UTF-8 decoder). */
function mayGoOn(lead: number, rest: Uint8Array): boolean {
  if (lead < 0xc2 || lead > 0xf4) return false
  const needed = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1
  if (rest.length >= needed) return false
  const [second] = rest
  return second === undefined || (second >= lowestSecond(lead) && second <= highestSecond(lead))
}

function lowestSecond(lead: number): number {
  return lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
}

function highestSecond(lead: number): number {
  return lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
}
