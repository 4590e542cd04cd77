import { isObject } from '@holdfast/contract/shape'
import { parseJsonRpcMessage } from '@holdfast/protocol/acp'

/** One line of a stream of bytes. */
export interface Line {
  readonly text: string
  /** Offset in the stream behind it and its end. */
  readonly end: number
}

const NEWLINE = 0x0a

/** Parts a stream of bytes into lines. */
export class LineReader {
  readonly #maxBytes: number
  #parts: Uint8Array[] = []
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The lines that end in these bytes, the first of which has this offset; 'too-long' where one has too many. */
  read(bytes: Uint8Array, offset: number): readonly Line[] | 'too-long' {
    const lines: Line[] = []
    for (let start = 0; start < bytes.length; ) {
      const at = bytes.indexOf(NEWLINE, start)
      const part = bytes.subarray(start, at < 0 ? bytes.length : at)
      this.#parts.push(part)
      this.#length += part.length
      if (this.#length > this.#maxBytes) return 'too-long'
      if (at < 0) break
      lines.push({ text: Buffer.concat(this.#parts).toString('utf8'), end: offset + at + 1 })
      this.#parts = []
      this.#length = 0
      start = at + 1
    }
    return lines
  }

  /** What came after the last line's end. */
  get rest(): string {
    return Buffer.concat(this.#parts).toString('utf8')
  }
}

/** The message that a line is; `undefined` where it is none. */
export function messageIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) && parseJsonRpcMessage(value).ok ? value : undefined
  } catch {
    return undefined
  }
}
