import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ServerStream } from './server-stream.ts'

const ACCEPTED = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'

function frame(length: number): Buffer {
  const payload = Buffer.alloc(length, 0x81)
  if (length < 126) return Buffer.concat([Buffer.from([0x82, length]), payload])
  const header = Buffer.alloc(length < 65_536 ? 4 : 10)
  header[0] = 0x82
  if (length < 65_536) {
    header[1] = 126
    header.writeUInt16BE(length, 2)
  } else {
    header[1] = 127
    header.writeBigUInt64BE(BigInt(length), 2)
  }
  return Buffer.concat([header, payload])
}

it('the server’s stream finds the places between frames, however the bytes are cut', () => {
  const lengths = fc.array(fc.oneof(fc.nat(130), fc.constantFrom(125, 126, 65_535, 65_536, 70_000)), { maxLength: 12 })
  const cuts = fc.array(fc.nat(200_000), { maxLength: 20 })
  fc.assert(
    fc.property(lengths, cuts, (sizes, at) => {
      const frames = sizes.map(frame)
      const bytes = Buffer.concat([Buffer.from(ACCEPTED), ...frames])
      const places = new Set([ACCEPTED.length])
      let end = ACCEPTED.length
      for (const { length } of frames) {
        end += length
        places.add(end)
      }
      const stream = new ServerStream()
      const edges = [0, ...at.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
      for (const [index, from] of edges.slice(0, -1).entries()) {
        const to = edges[index + 1] ?? from
        const found = stream.follow(bytes.subarray(from, to))
        const expected = [...places].sort((a, b) => a - b).find((place) => place >= from && place <= to)
        expect(found === undefined ? undefined : from + found).toBe(expected)
        expect(stream.isBetweenFrames).toBe(places.has(to))
      }
    }),
  )
})

it('the server’s stream finds none where the upgrade was refused', () => {
  const stream = new ServerStream()
  expect(stream.follow(Buffer.from('HTTP/1.1 404 Not Found\r\n\r\n{"error":{}}\r\n\r\n'))).toBeUndefined()
  expect(stream.isBetweenFrames).toBe(false)
})
