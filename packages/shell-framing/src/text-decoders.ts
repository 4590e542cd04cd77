/**
 * Text of several channels at once. A character that a frame cuts in two is put together from both halves;
 * bytes that are no UTF-8 become U+FFFD, and nothing is lost or thrown.
 */
export class TextDecoders {
  readonly #decoders = new Map<number, TextDecoder>()

  /** The text that these bytes complete on their channel. */
  decode(rawChannelByte: number, payload: Uint8Array): string {
    let decoder = this.#decoders.get(rawChannelByte)
    if (decoder === undefined) {
      decoder = new TextDecoder('utf-8', { ignoreBOM: true })
      this.#decoders.set(rawChannelByte, decoder)
    }
    return decoder.decode(payload, { stream: true })
  }

  /** The channel has ended, or bytes of it are missing: what was left of a character, as U+FFFD. */
  flush(rawChannelByte: number): string {
    const decoder = this.#decoders.get(rawChannelByte)
    this.#decoders.delete(rawChannelByte)
    return decoder?.decode() ?? ''
  }

  /** Forgets every unfinished character. */
  reset(): void {
    this.#decoders.clear()
  }
}
