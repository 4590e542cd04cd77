import { seededRandom } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { ShellSessionError } from './errors.ts'
import { InputBuffer } from './input-buffer.ts'

const gone = new ShellSessionError('shell/input_rejected', 'gone')

it('the input buffer keeps the order and loses nothing, however it is written, acknowledged and dropped', async () => {
  let mostHeld = 0
  for (let seed = 0; seed < 50; seed += 1) {
    const random = seededRandom(seed)
    const server: number[] = []
    const sent: number[] = []
    const buffer = new InputBuffer(64, {
      write: (bytes, offset) => {
        // A prefix of what is written arrives, as far as the link lives.
        if (offset <= server.length) server.push(...bytes.subarray(server.length - offset))
      },
    })
    const sends: Promise<void>[] = []
    let isOpen = false
    for (let step = 0; step < 300; step += 1) {
      const kind = random.integer(0, 4)
      if (kind === 0) {
        const piece = Uint8Array.from({ length: random.integer(0, 150) }, () => random.integer(0, 255))
        sent.push(...piece)
        sends.push(buffer.send(piece))
      } else if (kind === 1) {
        buffer.dropped()
        server.length -= random.integer(0, server.length - buffer.base)
        isOpen = false
      } else if (kind === 2 && !isOpen) {
        isOpen = true
        buffer.opened(server.length)
      } else if (isOpen) {
        buffer.acknowledged(random.integer(buffer.base, server.length))
      }
      mostHeld = Math.max(mostHeld, buffer.end - buffer.base)
    }
    buffer.opened(server.length)
    const flushed = buffer.flush()
    while (buffer.unacknowledgedBytes > 0) buffer.acknowledged(server.length)
    await Promise.all([...sends, flushed])
    expect(server).toEqual(sent)
  }
  expect(mostHeld).toBe(64)
})

it('the input buffer accepts nothing while there is no connection', async () => {
  const buffer = new InputBuffer(64, { write: () => {} })
  let done = false
  void buffer.send(new Uint8Array(3)).then(() => {
    done = true
  })
  await Promise.resolve()
  expect(done).toBe(false)
  buffer.opened(0)
  await Promise.resolve()
  expect(done).toBe(true)
})

it('the input buffer rejects what it holds and what waits, and counts it', async () => {
  const buffer = new InputBuffer(4, { write: () => {} })
  buffer.opened(0)
  const waiting = buffer.send(new Uint8Array(10))
  const flushed = buffer.flush()
  expect(buffer.reject(gone)).toBe(10)
  await expect(waiting).rejects.toBe(gone)
  await expect(flushed).rejects.toBe(gone)
  expect(buffer.unacknowledgedBytes).toBe(0)
})

it('the input buffer bounds the number of calls that wait', async () => {
  const buffer = new InputBuffer(4, { write: () => {} })
  const waiting = Array.from({ length: 10_000 }, () => buffer.send(new Uint8Array(1)))
  await expect(buffer.send(new Uint8Array(1))).rejects.toMatchObject({ code: 'shell/input_overflow' })
  buffer.finish(gone)
  expect((await Promise.allSettled(waiting)).every(({ status }) => status === 'rejected')).toBe(true)
  await expect(buffer.send(new Uint8Array(1))).rejects.toBe(gone)
})
