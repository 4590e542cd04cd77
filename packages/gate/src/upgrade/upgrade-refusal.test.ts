import { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { refuseUpgrade } from './upgrade-refusal.ts'

const REFUSAL = { status: 403, code: 'test/refused', message: 'Not you.' } as const

/** A socket whose peer continues sending. */
function socket(): Duplex & { said: string } {
  const made = Object.assign(
    new Duplex({
      allowHalfOpen: true,
      read: () => {},
      write: (chunk, _encoding, done) => {
        made.said += String(chunk)
        done()
      },
    }),
    { said: '' },
  )
  return made
}

it('a refused socket is read on until its peer has ended: closed over unread bytes it would be reset', async () => {
  const clock = new VirtualClock()
  const peer = socket()
  refuseUpgrade(peer, REFUSAL, clock)
  await turn()
  expect(peer.said).toMatch(/^HTTP\/1\.1 403 [\s\S]*"code":"test\/refused"/)
  expect(peer.destroyed).toBe(false)
  peer.push(Buffer.alloc(1_000))
  await turn()
  expect(peer.readableLength).toBe(0)
  peer.push(null)
  await turn()
  await turn()
  expect(peer.destroyed).toBe(true)
})

it('a refused peer that does not end is gone after a second', async () => {
  const clock = new VirtualClock()
  const peer = socket()
  refuseUpgrade(peer, REFUSAL, clock)
  await clock.advance(999)
  expect(peer.destroyed).toBe(false)
  await clock.advance(1)
  expect(peer.destroyed).toBe(true)
})
