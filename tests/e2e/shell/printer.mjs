// Prints so many bytes of a fixed pattern, as fast as the terminal takes them.
import { writeSync } from 'node:fs'

const chunk = Buffer.from(Uint8Array.from({ length: 65536 }, (_, at) => (at * 31 + 7) % 256))
for (let left = Number(process.argv[2]); left > 0; ) {
  const piece = chunk.subarray(0, Math.min(left, chunk.length))
  for (let at = 0; at < piece.length; ) at += writeSync(1, piece, at)
  left -= piece.length
}
