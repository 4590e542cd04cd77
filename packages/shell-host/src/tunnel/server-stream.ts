const HEAD_END = [0x0d, 0x0a, 0x0d, 0x0a] as const
/** `HTTP/1.1 101`: the place of the status in the answer's first line. */
const STATUS_AT = 9
const SWITCHING = '101'
/** Payload lengths that stand for a length of their own (RFC 6455 §5.2). */
const LENGTH_16 = 126
const LENGTH_64 = 127

/**
 * Follows what a server says to a WebSocket client, byte by byte, without holding any of it: where its answer to the
 * upgrade ends, and where each frame does. There, and nowhere else, a server in between may put in a frame of its own.
 */
export class ServerStream {
  #phase: 'head' | 'refused' | 'frames' = 'head'
  #headMatched = 0
  #status = ''
  #read = 0
  /** The header of the frame under way, as far as it has come. */
  #header: number[] = []
  #payload = 0

  /** The upgrade was accepted, and no frame is under way. */
  get isBetweenFrames(): boolean {
    return this.#phase === 'frames' && this.#header.length === 0 && this.#payload === 0
  }

  /**
   * Takes the next bytes.
   * @returns where in them the first place between two frames is, `undefined` where there is none
   */
  follow(chunk: Uint8Array): number | undefined {
    let place = this.isBetweenFrames ? 0 : undefined
    for (let at = 0; at < chunk.length && this.#phase !== 'refused'; ) {
      at = this.#phase === 'head' ? this.#head(chunk, at) : this.#frame(chunk, at)
      if (place === undefined && this.isBetweenFrames) place = at
    }
    return place
  }

  #head(chunk: Uint8Array, at: number): number {
    const byte = chunk[at] ?? 0
    if (this.#read >= STATUS_AT && this.#status.length < SWITCHING.length) this.#status += String.fromCharCode(byte)
    this.#read += 1
    this.#headMatched = byte === HEAD_END[this.#headMatched] ? this.#headMatched + 1 : byte === HEAD_END[0] ? 1 : 0
    if (this.#headMatched === HEAD_END.length) this.#phase = this.#status === SWITCHING ? 'frames' : 'refused'
    return at + 1
  }

  #frame(chunk: Uint8Array, at: number): number {
    if (this.#payload > 0) {
      const skipped = Math.min(this.#payload, chunk.length - at)
      this.#payload -= skipped
      return at + skipped
    }
    this.#header.push(chunk[at] ?? 0)
    const length = payloadLength(this.#header)
    if (length !== undefined) {
      this.#header = []
      this.#payload = length
    }
    return at + 1
  }
}

/** The length of the payload behind a header; `undefined` while the header is not whole. A server masks nothing. */
function payloadLength(header: readonly number[]): number | undefined {
  const [, second] = header
  if (second === undefined) return undefined
  const short = second & 0x7f
  const bytes = short === LENGTH_16 ? 2 : short === LENGTH_64 ? 8 : 0
  if (header.length < 2 + bytes) return undefined
  return bytes === 0 ? short : header.slice(2).reduce((length, byte) => length * 256 + byte, 0)
}
