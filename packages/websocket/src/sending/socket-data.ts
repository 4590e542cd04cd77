import type { WebSocketFrame } from '@holdfast/core'

/** What `send()` takes. Anything else is sent as text, as WebSockets do it. */
export type SocketData = string | ArrayBufferLike | ArrayBufferView | Blob

/** How binary messages arrive. */
export type SocketBinaryType = 'blob' | 'arraybuffer'

/** What a message that waits costs beside its bytes, as in the engine's outbox. Bounds a flood of empty ones. */
export const MESSAGE_BYTES = 256

/** Of another realm too (a frame of a page, a test runner's world), which `instanceof` does not know. */
const tagOf = (value: unknown): string => Object.prototype.toString.call(value)

/** The bytes of a blob are read later; everything else is copied now, as its owner may change it. */
export function isBlob(data: unknown): data is Blob {
  return /^\[object (Blob|File)\]$/.test(tagOf(data))
}

/** What goes out for it. */
export function frameOf(data: Exclude<SocketData, Blob>): WebSocketFrame {
  if (ArrayBuffer.isView(data)) {
    const { buffer, byteOffset, byteLength } = data
    return new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength))
  }
  if (typeof data === 'string') return data
  return /^\[object (Shared)?ArrayBuffer\]$/.test(tagOf(data)) ? new Uint8Array(new Uint8Array(data)) : `${data}`
}

/** Its bytes on the wire; text is UTF-8. */
export function bytesOf(frame: WebSocketFrame): number {
  return typeof frame === 'string' ? utf8Bytes(frame) : frame.byteLength
}

/** What it would have on the wire. */
export function sizeOf(data: SocketData): number {
  return isBlob(data) ? data.size : bytesOf(frameOf(data))
}

/** A character beyond ASCII has two to four bytes. */
function utf8Bytes(text: string): number {
  let bytes = text.length
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    // Of a pair each half counts two; one alone is sent as U+FFFD, which has three.
    if (unit > 0x7f) bytes += unit > 0x7ff && !isPaired(text, at) ? 2 : 1
  }
  return bytes
}

function isPaired(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  if (unit < 0xd800 || unit > 0xdfff) return false
  const other = text.charCodeAt(unit < 0xdc00 ? at + 1 : at - 1)
  return unit < 0xdc00 ? other >= 0xdc00 && other <= 0xdfff : other >= 0xd800 && other < 0xdc00
}

/** A binary message as the program wants it. The bytes are its own. */
export function received(frame: WebSocketFrame, binaryType: SocketBinaryType): unknown {
  if (typeof frame === 'string') return frame
  const bytes = new Uint8Array(frame)
  return binaryType === 'blob' ? new Blob([bytes]) : bytes.buffer
}

const MAX_REASON_BYTES = 123

/**
 * What `close()` may be given (WHATWG WebSockets §3.1).
 * @throws a `DOMException`: `InvalidAccessError` for the code, `SyntaxError` for the reason
 */
export function assertClose(code: number | undefined, reason: string): void {
  if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
    throw new DOMException(`A program may close with 1000 or 3000 to 4999, not ${code}.`, 'InvalidAccessError')
  }
  if (bytesOf(reason) > MAX_REASON_BYTES) {
    throw new DOMException(`A reason has ${MAX_REASON_BYTES} bytes at most.`, 'SyntaxError')
  }
}

/** As Web IDL reads a code: [Clamp] unsigned short. */
export function clampedCode(code: unknown): number | undefined {
  if (code === undefined) return undefined
  const number = Number(code)
  if (Number.isNaN(number)) return 0
  const clamped = Math.min(Math.max(number, 0), 65_535)
  const floor = Math.floor(clamped)
  const isHalf = clamped - floor === 0.5
  return isHalf ? floor + (floor % 2) : Math.round(clamped)
}
