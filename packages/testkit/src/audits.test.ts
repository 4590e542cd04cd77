import { describe, expect, it } from 'vitest'
import { BoundsAudit } from './bounds-audit.ts'
import {
  ClosedAudit,
  DialAudit,
  type ObservedLink,
  ProgressAudit,
  RecoveryAudit,
  SingleWriterAudit,
} from './connection-audits.ts'
import { DeliveryAudit } from './delivery-audit.ts'
import { InboundAudit } from './inbound-audit.ts'
import { LivenessAudit } from './liveness-audit.ts'
import { ReaderAudit } from './reader-audit.ts'
import { SecretAudit } from './secret-audit.ts'
import { assertNoViolations, Violations } from './violations.ts'

it('an audit accepts a contiguous history with announced gaps and a new epoch', () => {
  const audit = new InboundAudit()
  for (const seq of [1, 2, 3]) audit.delivered('a', seq)
  audit.gap('a', 4, 6)
  audit.delivered('a', 7)
  audit.began('b', 40)
  audit.delivered('b', 41)
  expect(audit.violations()).toEqual([])
})

it.each<[string, (audit: InboundAudit) => void]>([
  ['messages 2 to 2 are missing', (audit) => audit.delivered('a', 3)],
  ['message 1 was delivered twice', (audit) => audit.delivered('a', 1)],
  ['gap 5-6 is out of place', (audit) => audit.gap('a', 5, 6)],
  ['message 9 came, but the epoch is a', (audit) => audit.delivered('b', 9)],
  ['began a second time', (audit) => audit.began('a')],
  [
    'came back after a newer one',
    (audit) => {
      audit.began('b')
      audit.began('a')
    },
  ],
])('an audit finds: %s', (line, breaks) => {
  const audit = new InboundAudit()
  audit.delivered('a', 1)
  breaks(audit)
  expect(audit.violations()).toEqual([expect.stringContaining(line)])
})

it('an audit accepts handles that agree with what the server got', () => {
  const audit = new DeliveryAudit()
  audit.sent('acked', 'ordered')
  audit.sent('doubted', 'once')
  audit.sent('never left', 'once')
  audit.sent('twice', 'retry')
  audit.sent('vanished', 'volatile')
  audit.arrived('acked')
  audit.acked('acked')
  audit.arrived('doubted')
  audit.inDoubt('doubted')
  audit.rejected('never left')
  audit.arrived('twice')
  audit.arrived('twice')
  audit.acked('twice')
  audit.written('vanished')
  audit.finished()
  expect(audit.violations()).toEqual([])
  expect(audit.counts()).toEqual({ sent: 5, open: 0, arrived: 3, acked: 2, rejected: 1, inDoubt: 1, written: 1 })
})

it.each<[string, (audit: DeliveryAudit) => void]>([
  ['acked before it arrived', (audit) => audit.acked('o1')],
  [
    'arrived after it was rejected',
    (audit) => {
      audit.rejected('o1')
      audit.arrived('o1')
    },
  ],
  [
    'rejected though it had arrived',
    (audit) => {
      audit.arrived('o1')
      audit.rejected('o1')
    },
  ],
  [
    'arrived 2 times',
    (audit) => {
      audit.arrived('o1')
      audit.arrived('o1')
    },
  ],
  [
    'arrived after o2, which was sent later',
    (audit) => {
      audit.arrived('o2')
      audit.arrived('o1')
    },
  ],
  [
    'was told rejected after inDoubt',
    (audit) => {
      audit.inDoubt('o1')
      audit.rejected('o1')
    },
  ],
  ['promises nothing', (audit) => audit.written('o1')],
  ['never sent', (audit) => audit.arrived('ghost')],
  [
    'o2 was told nothing',
    (audit) => {
      audit.inDoubt('o1')
      audit.finished()
    },
  ],
])('an audit finds a message that %s', (line, breaks) => {
  const audit = new DeliveryAudit()
  audit.sent('o1', 'ordered')
  audit.sent('o2', 'ordered')
  breaks(audit)
  expect(audit.violations()).toEqual([expect.stringContaining(line)])
})

it('an audit finds too many dials in any window', () => {
  const audit = new DialAudit({ windowMs: 1000, maxDials: 2 })
  for (const at of [0, 500, 1000, 1500]) audit.dialed(at)
  expect(audit.violations()).toEqual([])
  audit.dialed(1999)
  expect(audit.violations()).toEqual(['3 dials in the 1000 ms before 1999 ms, 2 are allowed'])
  expect(audit.count).toBe(5)
})

it('an audit finds a client that writes on two links, draining aside', () => {
  const link = (id: number, url: string, clientIsWriting = true): ObservedLink => ({ id, url, clientIsWriting })
  const audit = new SingleWriterAudit()
  audit.observe([link(1, 'a'), link(2, 'b'), link(3, 'a', false)], 10)
  audit.draining(link(1, 'a'))
  audit.observe([link(1, 'a'), link(4, 'a')], 20)
  expect(audit.violations()).toEqual([])
  audit.observe([link(4, 'a'), link(5, 'a')], 30)
  expect(audit.violations()).toEqual(['links 4 and 5 are both written at 30 ms'])
})

it('an audit finds a state that nothing will move', () => {
  const audit = new ProgressAudit(['idle', 'closed'])
  audit.observe({ status: 'closed', timers: 0 }, 1)
  audit.observe({ status: 'waiting', timers: 1 }, 2)
  audit.observe({ status: 'waiting', timers: 0, triggers: 1 }, 3)
  expect(audit.violations()).toEqual([])
  audit.observe({ status: 'waiting', timers: 0 }, 4)
  expect(audit.violations()).toEqual(['waiting at 4 ms has no timer and waits for nothing: it is stuck'])
})

it('an audit finds whatever happens after close()', () => {
  const audit = new ClosedAudit()
  audit.happened('a dial', 1)
  audit.closed(2)
  audit.observe({ timers: 0, links: 0 }, 3)
  expect(audit.violations()).toEqual([])
  audit.happened('a dial', 4)
  audit.observe({ timers: 1, links: 1 }, 5)
  expect(audit.violations().length).toBe(3)
  audit.connected()
  audit.happened('a dial', 6)
  expect(audit.violations().length).toBe(3)
})

it('an audit finds a client that stays away though all is healthy, once for each time', () => {
  const audit = new RecoveryAudit({ withinMs: 100 })
  audit.observe({ healthy: true, open: false }, 0)
  audit.observe({ healthy: false, open: false }, 90)
  audit.observe({ healthy: true, open: false }, 150)
  audit.observe({ healthy: true, open: false }, 250)
  expect(audit.violations()).toEqual([])
  audit.observe({ healthy: true, open: false }, 251)
  audit.observe({ healthy: true, open: false }, 300)
  expect(audit.violations()).toEqual(['not open at 251 ms, though all is healthy since 150 ms'])
})

it('an audit accepts a dead link noticed in time, not counting sleep', () => {
  const audit = new LivenessAudit({ withinMs: 30_000 })
  audit.died(1, 1000)
  audit.excused(600_000)
  audit.observe(620_000)
  audit.givenUp(1, 621_000, { probed: true })
  audit.died(2, 0)
  audit.revived(2, 30_000)
  expect([audit.violations(), audit.noticedAfterMs]).toEqual([[], [20_000]])
})

it('an audit finds a link given up alive, unprobed, or dead unnoticed', () => {
  const audit = new LivenessAudit({ withinMs: 1000 })
  audit.givenUp(1, 10, { probed: true })
  audit.died(2, 0)
  audit.givenUp(2, 500, { probed: false })
  audit.died(3, 0)
  audit.observe(1001)
  audit.observe(2000)
  expect(audit.violations()).toEqual([
    'link 1 was alive and given up at 10 ms',
    'link 2 was given up at 500 ms without an unanswered probe',
    'link 3 was dead from 0 ms and not noticed within 1000 ms',
  ])
})

it('an audit finds numbers above their bounds and knows the peaks', () => {
  const audit = new BoundsAudit({ queueBytes: 100, timers: 5 })
  audit.sample({ queueBytes: 100, timers: 1 }, 1)
  expect(audit.violations()).toEqual([])
  audit.sample({ queueBytes: 101 }, 2)
  audit.sample({ queueBytes: 300 }, 3)
  expect(audit.violations()).toEqual(['queueBytes is 101 at 2 ms, at most 100 is allowed'])
  expect(audit.peaks()).toEqual({ queueBytes: 300, timers: 1 })
})

it('an audit finds a credential in any form and never repeats it', () => {
  const secret = 'p@ss/word one'
  const audit = new SecretAudit([secret])
  audit.shown('log', { url: 'wss://test/?token=***' })
  expect(audit.violations()).toEqual([])
  audit.shown('status', { error: new Error('x', { cause: new Error(`used ${secret}`) }) })
  audit.shown('url', `wss://test/?token=${encodeURIComponent(secret)}`)
  audit.shown('header', { authorization: `Basic ${btoa(secret)}` })
  expect(audit.violations()).toEqual(['secret 0 is in status', 'secret 0 is in url', 'secret 0 is in header'])
  expect(() => new SecretAudit(['abc'])).toThrow(expect.objectContaining({ code: 'testkit/invalid_option' }))
})

it('an audit throws all lines of all audits, and keeps a bounded number', () => {
  const [one, two] = [new Violations(), new Violations()]
  expect(() => assertNoViolations(one, two)).not.toThrow()
  one.add('first')
  for (let i = 0; i < 150; i += 1) two.add(`line ${i}`)
  expect(two.violations().length).toBe(101)
  expect(two.violations().at(-1)).toBe('and 50 more')
  expect(() => assertNoViolations(one, two)).toThrow(
    expect.objectContaining({
      code: 'testkit/invariant_broken',
      message: expect.stringContaining('- first\n- line 0'),
    }),
  )
})

describe('the reader audit', () => {
  const audit = (...moves: readonly (readonly ['came' | 'read' | 'gap' | 'taken', number])[]): readonly string[] => {
    const reader = new ReaderAudit({ room: 2 })
    for (const [move, seq] of moves) reader[move](seq)
    reader.finished()
    return reader.violations()
  }

  it('passes where everything is read or reported, and taken then', () => {
    expect(audit(['came', 1], ['read', 1], ['taken', 1])).toEqual([])
    expect(
      audit(
        ['came', 1],
        ['came', 2],
        ['came', 3],
        ['taken', 1],
        ['gap', 1],
        ['read', 2],
        ['read', 3],
        ['taken', 2],
        ['taken', 3],
      ),
    ).toEqual([])
  })

  it('finds what was given to no reader', () => {
    expect(audit(['came', 1], ['came', 2], ['read', 2], ['taken', 1], ['taken', 2])[0]).toContain('delivered to nobody')
    expect(audit(['came', 1])).toEqual(['1 messages were delivered to nobody'])
  })

  it('finds a position that is ahead of what was read or reported', () => {
    expect(audit(['came', 1], ['taken', 1], ['read', 1])).toEqual(['message 1 counts as taken, the app is at 0'])
    expect(audit(['came', 1], ['read', 1])).toEqual(['1 messages are read, 0 are taken'])
  })

  it('finds doubles', () => {
    expect(audit(['came', 1], ['read', 1], ['taken', 1], ['read', 1])[0]).toContain('read twice')
  })
})
