/** Where a stream is inside a UTF-8 character, so that its later bytes are not taken for C1 characters. */
export class Utf8State {
  #expected = 0
  #begun = 0

  /** How many bytes there are of a character that is not whole. */
  get begunBytes(): number {
    return this.#expected === 0 ? 0 : this.#begun
  }

  /** Looks at a byte from 0x80 on. @returns false for one up to 0x9f that is no part of a character */
  takes(byte: number): boolean {
    if (this.#expected > 0 && byte <= 0xbf) {
      this.#expected -= 1
      this.#begun += 1
      return true
    }
    this.#expected = followers(byte)
    this.#begun = 1
    return byte >= 0xa0
  }

  /** A byte below 0x80, or the end of a sequence: whatever was begun is over. */
  reset(): void {
    this.#expected = 0
  }

  /** Where text ends that begins at `start`: at a control character, or at a byte that may begin one. */
  textEnd(chunk: Uint8Array, start: number): number {
    let at = start
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0
      if (byte < 0x20 || byte === 0x7f) break
      if (byte < 0x80) this.#expected = 0
      else if (byte === 0xc2 && !((chunk[at + 1] ?? 0) >= 0xa0)) break
      else if (!this.takes(byte)) break
    }
    return at
  }
}

/** How many bytes follow a lead byte. 0xc2 has one: it begins C1 characters, which the tokenizer looks at itself. */
function followers(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 0
  if (lead < 0xe0) return 1
  return lead < 0xf0 ? 2 : 3
}
