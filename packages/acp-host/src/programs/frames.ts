import type { Duplex } from 'node:stream'

/** Bytes of a program's stdout. */
export interface OutputFrame {
  readonly program: string
  readonly offset: number
  readonly bytes: Uint8Array
}

/** What takes the frames of a stream. */
export interface FrameReader {
  message(value: unknown): void
  output(frame: OutputFrame): void
}

const HEAD_BYTES = 5
const JSON_FRAME = 0
const OUTPUT_FRAME = 1
const OFFSET_BYTES = 8
/** More than the longest line with its surroundings. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024

/** A message as it is written: its length, its kind, JSON. */
export function messageFrame(value: unknown): Buffer {
  return framed(JSON_FRAME, [Buffer.from(JSON.stringify(value))])
}

/** Bytes of stdout as they are written: no JSON, since they are most of what there is. */
export function outputFrame({ program, offset, bytes }: OutputFrame): Buffer {
  const name = Buffer.from(program)
  const head = Buffer.alloc(1 + name.length + OFFSET_BYTES)
  head.writeUInt8(name.length)
  name.copy(head, 1)
  head.writeDoubleBE(offset, 1 + name.length)
  return framed(OUTPUT_FRAME, [head, bytes])
}

/** Reads frames until the stream ends. What is none destroys it. */
export function readFrames(stream: Duplex, reader: FrameReader): void {
  let parts: Buffer[] = []
  let length = 0
  let needed = HEAD_BYTES
  stream.on('data', (bytes: Buffer) => {
    parts.push(bytes)
    length += bytes.length
    if (length < needed) return
    let all = parts.length === 1 ? bytes : Buffer.concat(parts)
    for (;;) {
      needed = all.length < HEAD_BYTES ? HEAD_BYTES : HEAD_BYTES + all.readUInt32BE()
      if (needed > MAX_FRAME_BYTES) return void stream.destroy()
      if (all.length < needed) break
      take(all.readUInt8(4), all.subarray(HEAD_BYTES, needed), reader)
      all = all.subarray(needed)
    }
    parts = [all]
    length = all.length
  })
}

function take(kind: number, body: Buffer, reader: FrameReader): void {
  if (kind === JSON_FRAME) return reader.message(JSON.parse(body.toString()))
  const end = 1 + body.readUInt8()
  reader.output({
    program: body.toString('utf8', 1, end),
    offset: body.readDoubleBE(end),
    bytes: body.subarray(end + OFFSET_BYTES),
  })
}

function framed(kind: number, body: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32BE(body.reduce((sum, part) => sum + part.length, 0))
  head.writeUInt8(kind, 4)
  return Buffer.concat([head, ...body])
}
