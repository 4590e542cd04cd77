/** Channel bytes (shell §1). */
export const CHANNEL = {
  stdin: 0x00,
  stdout: 0x01,
  status: 0x03,
  resize: 0x04,
  heartbeat: 0x05,
  ack: 0xf0,
  ctrl: 0xf1,
  screen: 0xf2,
  close: 0xff,
} as const

/** One message, taken apart. */
export interface ShellFrame {
  readonly channel: number
  readonly payload: Buffer
}

const PRINTED_CHARS = 80

/** A frame in a table. */
export function describeFrame({ channel, payload }: ShellFrame): string {
  return `${channel.toString(16).padStart(2, '0')}:${JSON.stringify(payload.toString('utf8', 0, PRINTED_CHARS))}`
}

export function readFrame(data: Buffer): ShellFrame {
  return { channel: data[0] ?? -1, payload: data.subarray(1) }
}

export function writeFrame(channel: number, payload: string | Uint8Array = ''): Buffer {
  return Buffer.concat([Buffer.from([channel]), Buffer.from(payload)])
}

/** Numbers of bytes, most significant byte first. */
export function offsetsOf(...offsets: readonly number[]): Buffer {
  const payload = Buffer.alloc(8 * offsets.length)
  for (const [at, offset] of offsets.entries()) payload.writeBigUInt64BE(BigInt(offset), 8 * at)
  return payload
}
