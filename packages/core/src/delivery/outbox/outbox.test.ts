import { VirtualClock } from '@holdfast/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import type { DeliveryReport } from './delivery-reports.ts'
import { Outbox } from './outbox.ts'
import type { OutboxOptions } from './outbox-host.ts'

let clock: VirtualClock
let written: string[]
let reports: DeliveryReport[]
let buffered: number
let drain: () => void
let suffix: string
/** How often a confirmation was asked for. */
let asked: number

beforeEach(() => {
  clock = new VirtualClock()
  written = []
  reports = []
  buffered = 0
  suffix = ''
  asked = 0
})

function outbox(options: Partial<OutboxOptions> = {}, numbers?: 'sender'): Outbox<string> {
  let ids = 0
  return new Outbox<string>(
    {
      clock,
      newId: () => `id${++ids}`,
      encode: (message, { seq, settledThrough }) => {
        if (message === 'bad') throw new TypeError('not this')
        const number = numbers === undefined ? seq : `${seq}/${settledThrough}`
        return { wire: seq === undefined ? message : `${message}#${number}${suffix}`, bytes: message.length }
      },
      write: (wire) => written.push(String(wire)),
      bufferedBytes: () => buffered,
      drained: () =>
        new Promise((resolve) => {
          drain = resolve
        }),
      report: (report) => reports.push(report),
      confirmationRequested: () => {
        asked += 1
      },
      empty: () => {},
    },
    { maxCount: 4, maxBytes: 10_000, highWaterBytes: 50, ...options },
    { byDefault: 'once', numbers },
  )
}

const NEW = { continued: false }
const ordered = { delivery: 'ordered' } as const

describe('order', () => {
  it('is that of sending, across a wait', () => {
    const box = outbox()
    box.send('a', undefined)
    box.send('b', ordered)
    box.opened('ack', NEW)
    box.send('c', { delivery: 'volatile' })
    expect(written).toEqual(['a', 'b#1', 'c'])
  })

  it('has no holes when a message is taken back, expires, or cannot be encoded when its turn comes', async () => {
    const box = outbox({ maxCount: 9 })
    const second = [box.send('a', ordered), box.send('b', ordered)][1]
    box.send('c', { ...ordered, expiresInMs: 10 })
    box.send(() => 'bad', ordered)
    const last = box.send('d', ordered)
    expect(second?.cancel()).toBe(true)
    await clock.advance(10)
    box.opened('ack', NEW)
    expect(written).toEqual(['a#1', 'd#2'])
    expect(last.seq).toBe(2)
  })

  it('follows what the server holds when it continues', () => {
    const box = outbox()
    box.opened('ack', NEW)
    const [a, b] = [box.send('a', ordered), box.send('b', ordered)]
    box.dropped()
    box.send('c', ordered)
    box.opened('ack', { continued: true, received: 1 })
    expect([a.state, b.state]).toEqual(['acked', 'written'])
    expect(written).toEqual(['a#1', 'b#2', 'b#2', 'c#3'])
  })

  it('takes up the numbers of a session that lived before this outbox did', () => {
    const box = outbox()
    const a = box.send('a', ordered)
    box.opened('ack', { continued: true, received: 40 })
    expect(written).toEqual(['a#41'])
    expect(a.state).toBe('written')
  })

  it('uses no number for what was never written when the connection ended', () => {
    const box = outbox()
    box.send('a', ordered)
    box.end()
    box.begin()
    box.send('b', ordered)
    box.opened('ack', { continued: true })
    expect(written).toEqual(['b#1'])
  })

  it('keeps numbers that were written where the server says only that it continues', () => {
    const box = outbox()
    box.opened('ack', NEW)
    const all = [box.send('a', ordered), box.send('b', ordered), box.send('c', ordered)]
    box.ackedIds([all[1]?.id ?? ''])
    box.dropped()
    box.opened('ack', { continued: true })
    expect(written).toEqual(['a#1', 'b#2', 'c#3', 'a#1', 'c#3'])
    expect(box.send('d', ordered).seq).toBe(4)
  })

  it('begins at 1 in a new history, and what the old one may hold is in doubt', () => {
    const box = outbox()
    box.opened('ack', NEW)
    const a = box.send('a', ordered)
    box.dropped()
    const b = box.send('b', ordered)
    box.opened('ack', NEW)
    expect([a.state, a.error?.details]).toEqual(['inDoubt', { seq: 1 }])
    expect([b.state, b.seq, written.at(-1)]).toEqual(['written', 1, 'b#1'])
  })
})

describe('a drop', () => {
  it('reports what may have arrived, keeps what was not written, and repeats only what may be repeated', () => {
    const box = outbox()
    box.opened('ack', NEW)
    const [once, retry] = [box.send('once', undefined), box.send('retry', { delivery: 'retry' })]
    box.dropped()
    const later = box.send('later', undefined)
    expect([once.state, retry.state, later.state]).toEqual(['inDoubt', 'written', 'queued'])
    box.opened('ack', { continued: true })
    expect(written).toEqual(['once', 'retry', 'retry', 'later'])
  })

  it('loses volatile messages, and keeps the newest of a key', () => {
    const box = outbox()
    const plain = box.send('x', { delivery: 'volatile' })
    const old = box.send('1', { delivery: 'volatile', key: 'k' })
    box.send('2', { delivery: 'volatile', key: 'k' })
    expect([plain.state, old.state]).toEqual(['dropped', 'dropped'])
    box.opened('ack', NEW)
    expect(written).toEqual(['2'])
  })

  it('keeps what a listener sends, and gives the room that it made', async () => {
    const box = outbox({ maxCount: 2 })
    box.opened('ack', NEW)
    const [first] = [box.send('a', undefined), box.send('b', undefined)]
    let room = false
    box.waitForCapacity().then(() => {
      room = true
    })
    first.whenSettled(() => box.send('again', undefined))
    box.dropped()
    await clock.settle()
    expect(room).toBe(true)
    box.opened('ack', NEW)
    expect(written).toEqual(['a', 'b', 'again'])
  })

  it('is written again without what the peer has already said to have, whose id stays in use', () => {
    const box = outbox()
    box.opened('ack', { continued: true })
    const [a, b] = [box.send('a', { delivery: 'retry' }), box.send('b', { delivery: 'retry' })]
    box.accepted([a.id])
    box.dropped()
    box.opened('ack', { continued: true })
    expect([written, a.state, b.state]).toEqual([['a', 'b', 'b'], 'written', 'written'])
    box.ackedIds([a.id])
    expect(a.state).toBe('acked')
    box.accepted([b.id])
    box.end()
    expect(b.state).toBe('acked')
  })
})

describe('a message that the peer closes over', () => {
  const strikes = (box: Outbox<string>, code: number | undefined, before = () => {}) => {
    box.opened('ack', { continued: true })
    before()
    box.dropped()
    return box.recordPoisonStrike(code)
  }

  it.each([
    [1009, 'rejected', 'delivery/poison'],
    [1003, 'rejected', 'delivery/poison'],
    [1007, 'rejected', 'delivery/poison'],
    [4400, 'rejected', 'delivery/poison'],
    [1002, 'inDoubt', 'delivery/poison'],
  ])('with %i is settled at the third time, and what is behind it arrives', (code, state, errorCode) => {
    for (const delivery of ['retry', 'ordered'] as const) {
      const box = outbox()
      written = []
      const poison = box.send('p', { delivery })
      const behind = box.send('b', { delivery })
      for (const settled of [false, false, true]) {
        expect(strikes(box, code)).toBe(true)
        expect(poison.settled).toBe(settled)
      }
      expect([poison.state, poison.error?.code, poison.error?.details['closeCode']]).toEqual([state, errorCode, code])
      box.opened('ack', { continued: true })
      box.ackedIds([behind.id])
      expect(behind.state).toBe('acked')
    }
  })

  it('is written alone the second and the third time', () => {
    const box = outbox()
    box.send('a', { delivery: 'retry' })
    box.send('b', { delivery: 'retry' })
    strikes(box, 1009)
    strikes(box, 1009, () => box.send('c', { delivery: 'retry' }))
    expect(written).toEqual(['a', 'b', 'a'])
  })

  it('is found among those that are innocent, which are written one by one until it shows', () => {
    const box = outbox()
    const [a, b, c] = ['a', 'b', 'c'].map((text) => box.send(text, { delivery: 'retry' }))
    strikes(box, 1009)
    for (let n = 0; n < 3; n += 1) strikes(box, 1009, () => box.ackedIds([a?.id ?? '']))
    expect([a?.state, b?.state, c?.state]).toEqual(['acked', 'rejected', 'written'])
    box.opened('ack', { continued: true })
    box.ackedIds([c?.id ?? ''])
    const [d, e] = [box.send('d', undefined), box.send('e', undefined)]
    expect([c?.state, d.state, e.state]).toEqual(['acked', 'written', 'written'])
  })

  it('is none where the ending names nothing, however often the link is accepted and dropped', () => {
    const box = outbox()
    const sent = [box.send('a', { delivery: 'retry' }), box.send('b', ordered)]
    for (const code of [undefined, 1000, 1001, 1005, 1006, 1008, 1011, 1012, 1013, 4408]) {
      for (let n = 0; n < 10; n += 1) expect(strikes(box, code)).toBe(false)
    }
    expect(sent.map(({ settled }) => settled)).toEqual([false, false])
  })

  it('is none where nothing was written', () => {
    const box = outbox()
    box.send('a', { delivery: 'retry' })
    expect(box.recordPoisonStrike(1009)).toBe(false)
  })
})

describe('confirmation', () => {
  it('by acks, of ids or of a number', () => {
    const box = outbox()
    box.opened('ack', NEW)
    const all = [box.send('a', undefined), box.send('b', ordered), box.send('c', ordered)]
    box.ackedIds([all[0]?.id ?? '', 'unknown'])
    box.ackedThrough(1)
    expect(all.map(({ state }) => state)).toEqual(['acked', 'acked', 'written'])
    expect(box).toMatchObject({ count: 1, unconfirmed: 1 })
  })

  it('by a probe, of what was written before it', () => {
    const box = outbox()
    box.opened('probe', NEW)
    const before = box.send('a', undefined)
    const probeMark = box.probeMark()
    const after = box.send('b', undefined)
    box.confirmedUpTo(probeMark)
    expect([before.state, after.state]).toEqual(['acked', 'written'])
  })

  it('by nothing: written is all that is promised', async () => {
    const box = outbox()
    box.opened('none', NEW)
    const delivery = box.send('a', undefined)
    await delivery
    expect([delivery.state, delivery.settled, box.count]).toEqual(['written', true, 0])
  })
})

describe('bounds', () => {
  it('reject what does not fit by count, with the sizes, and report once a turn', async () => {
    const box = outbox()
    const all = ['a', 'b', 'c', 'd', 'e', 'f'].map((message) => box.send(message, undefined))
    expect(all.map(({ state }) => state).slice(3)).toEqual(['queued', 'rejected', 'rejected'])
    expect(all.at(-1)?.error).toMatchObject({ code: 'delivery/overflow', details: { count: 4, maxCount: 4 } })
    await clock.settle()
    expect(reports).toEqual([{ kind: 'overflow', count: 2, ids: ['id5', 'id6'] }])
  })

  it('count bytes exactly, through renumbering and to the end', () => {
    const box = outbox({ maxBytes: 10 + 2 * 256 })
    const first = box.send('12345', ordered)
    box.send('1234', ordered)
    expect(box.send('12', undefined).error?.code).toBe('delivery/overflow')
    first.cancel()
    expect(box.bytes).toBe(4)
    box.opened('ack', NEW)
    expect(box.bytes).toBe(4)
    box.ackedThrough(1)
    expect(box).toMatchObject({ bytes: 0, count: 0 })
  })

  it('are bytes alone where no count was asked for, 256 of them for each message', async () => {
    const box = outbox({ maxCount: undefined, maxBytes: 3_000 * (60 + 256) })
    const all = Array.from({ length: 3_001 }, () => box.send('x'.repeat(60)))
    expect(all.filter(({ state }) => state === 'queued')).toHaveLength(3_000)
    const { error } = all.at(-1) ?? {}
    expect(error).toMatchObject({ code: 'delivery/overflow', details: { count: 3_000, bytes: 180_000 } })
    const unmade = outbox({ maxCount: undefined, maxBytes: 512 })
    const made = [1, 2, 3].map(() => unmade.send(() => 'made when it is written'))
    expect(made.map(({ state }) => state)).toEqual(['queued', 'queued', 'rejected'])
    await clock.settle()
  })

  it.each([
    ['bytes', { maxCount: undefined, maxBytes: 400 * 257 }],
    ['messages', { maxCount: 400 }],
  ])('make it ask for a confirmation each time a quarter of the %s was written', (_what, bounds) => {
    const box = outbox({ maxBytes: 1_000_000, ...bounds })
    box.opened('probe', NEW)
    for (let n = 0; n < 99; n += 1) box.send('x')
    expect(asked).toBe(0)
    box.send('x')
    expect(asked).toBe(1)
    for (let n = 0; n < 100; n += 1) box.send('x')
    expect(asked).toBe(2)
  })

  it('give room() when something has left', async () => {
    const box = outbox({ maxCount: 1 })
    const delivery = box.send('a', undefined)
    let room = false
    box.waitForCapacity().then(() => {
      room = true
    })
    await clock.settle()
    expect(room).toBe(false)
    delivery.cancel()
    await clock.settle()
    expect(room).toBe(true)
  })

  it('stop writing while the channel is full, and go on in order', async () => {
    const box = outbox({ maxBytes: 1_000_000 })
    box.opened('ack', NEW)
    buffered = 50
    box.send('x'.repeat(70_000), undefined)
    box.send('b', undefined)
    expect(written).toHaveLength(1)
    drain()
    await clock.settle()
    expect(written[1]).toBe('b')
  })
})

describe('the end', () => {
  it('settles everything, each as it deserves', () => {
    const box = outbox()
    box.opened('ack', NEW)
    const sent = box.send('a', undefined)
    const kept = box.send('b', { delivery: 'retry' })
    box.pause()
    const [waits, volatile] = [box.send('c', undefined), box.send('d', { delivery: 'volatile', key: 'k' })]
    box.end()
    expect([sent, kept, waits, volatile].map(({ state }) => state)).toEqual([
      'inDoubt',
      'inDoubt',
      'rejected',
      'dropped',
    ])
    expect(box.send('late', undefined).error?.code).toBe('delivery/not_sent')
    expect(clock.pending).toBe(0)
  })
})

describe('a fence', () => {
  it('keeps what was meant for one session out of another', async () => {
    const box = outbox()
    box.opened('ack', NEW)
    const written1 = box.send('a', ordered)
    box.dropped()
    const waiting = box.send('b', ordered)
    box.opened('ack', { continued: false, fenced: true })
    const fresh = box.send('c', ordered)
    await expect(written1).rejects.toMatchObject({ code: 'delivery/in_doubt' })
    await expect(waiting).rejects.toMatchObject({ code: 'delivery/fenced' })
    expect(fresh.seq).toBe(1)
    expect(written).toEqual(['a#1', 'c#1'])
  })
})

describe('numbers of a sender', () => {
  const kept = { continued: true }

  it('are on everything that may be written again, and never used twice, whatever epoch it is', () => {
    const box = outbox({ maxCount: 9 }, 'sender')
    box.opened('ack', NEW)
    const lost = box.send('a', ordered)
    const again = box.send('b', { delivery: 'retry' })
    box.send('c')
    box.dropped()
    box.send('d', ordered)
    box.opened('ack', NEW)
    expect(written).toEqual(['a#1/0', 'b#2/0', 'c', 'b#2/0', 'd#3/1'])
    expect(lost.state).toBe('inDoubt')
    expect(again.state).toBe('written')
  })

  it('say up to where everything is settled', () => {
    const box = outbox({ maxCount: 9 }, 'sender')
    box.opened('ack', NEW)
    const [a, b] = [box.send('a', ordered), box.send('b', ordered)]
    box.ackedIds([b.id])
    box.send('c', ordered)
    box.ackedIds([a.id])
    box.send('d', ordered)
    box.dropped()
    box.send('e', ordered)
    box.opened('ack', kept)
    expect(written).toEqual(['a#1/0', 'b#2/0', 'c#3/0', 'd#4/2', 'c#3/0', 'd#4/2', 'e#5/2'])
  })

  it('are stamped anew on what was never written, where the peer wants other ones', () => {
    const box = outbox({ maxCount: 9 }, 'sender')
    box.opened('ack', NEW)
    box.send('a', ordered)
    box.dropped()
    box.send('b', ordered)
    suffix = '!'
    box.opened('ack', { ...kept, restamp: true })
    expect(written).toEqual(['a#1/0', 'a#1/0', 'b#2/0!'])
  })
})

it('the outbox rejects what the peer refused, and writes what is behind it', async () => {
  const box = outbox({ maxCount: 9 })
  const large = box.send('x'.repeat(13), ordered)
  const wide = box.send('ü'.repeat(6), ordered)
  box.send('b', ordered)
  box.opened('ack', { ...NEW, maxMessageBytes: 12 })
  expect(written).toEqual(['b#1'])
  for (const { state, error } of [large, wide]) {
    expect(state).toBe('rejected')
    expect(error).toMatchObject({ code: 'delivery/too_large', details: { maxBytes: 12 } })
  }
  await Promise.resolve()
  expect(reports).toEqual([{ kind: 'tooLarge', count: 2, ids: [large.id, wide.id] }])
  box.dropped()
  box.opened('ack', { continued: true })
  expect(box.send('x'.repeat(40), ordered).state).toBe('written')
})
