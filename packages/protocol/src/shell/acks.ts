import type { Decoded } from '@holdfast/contract'

/** What a client has done with the output: `received` bounds the replay, `consumed` opens the flow window (shell §5). */
export interface OutputAck {
  readonly received: number
  readonly consumed: number
}

/** client → server: two u64, big-endian. */
export function encodeOutputAck(ack: OutputAck): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(16)
  const view = new DataView(payload.buffer)
  view.setBigUint64(0, BigInt(ack.received))
  view.setBigUint64(8, BigInt(ack.consumed))
  return payload
}

/** Reads a client's ACK. Consumed beyond received, a wrong length and offsets beyond 2⁵³ are issues. */
export function decodeOutputAck(payload: Uint8Array): Decoded<OutputAck> {
  if (payload.length !== 16) return { ok: false, issue: `expected 16 bytes, got ${payload.length}`, raw: payload }
  const received = readOffset(payload, 0)
  const consumed = readOffset(payload, 8)
  if (received === undefined || consumed === undefined || consumed > received) {
    return { ok: false, issue: 'expected consumed ≤ received < 2^53', raw: payload }
  }
  return { ok: true, message: { received, consumed } }
}

/** server → client: stdin bytes of the client's lease that were written to the program, u64 big-endian. */
export function encodeInputAck(written: number): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(8)
  new DataView(payload.buffer).setBigUint64(0, BigInt(written))
  return payload
}

/** Reads a server's ACK. */
export function decodeInputAck(payload: Uint8Array): Decoded<number> {
  const written = payload.length === 8 ? readOffset(payload, 0) : undefined
  if (written === undefined) return { ok: false, issue: 'expected 8 bytes, an offset below 2^53', raw: payload }
  return { ok: true, message: written }
}

function readOffset(payload: Uint8Array, at: number): number | undefined {
  const value = new DataView(payload.buffer, payload.byteOffset, payload.length).getBigUint64(at)
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined
}
