import { describe, expect, it } from 'vitest'
import { HUB_LIMITS } from '../limits.ts'
import type { AnswerRecord } from './records.ts'
import { SenderAnswers } from './sender-answers.ts'

const DAY_MS = 86_400_000

function answer(sender: string, n: number, done = 0, result: unknown = n): AnswerRecord {
  const actions = [{ action: 'RETURN', result }]
  return { t: 'answer', wireId: '', asker: 'x', id: `i${n}`, actions, sender: [sender, n, done] }
}

describe('answers for those who may ask again', () => {
  it('are kept until their sender needs them no more', () => {
    const answers = new SenderAnswers(HUB_LIMITS)
    answers.take(answer('a', 1), 10, 0)
    answers.take(answer('a', 2), 11, 0)
    expect(answers.get('a', 1)).toMatchObject({ id: 'i1', actions: [{ result: 1 }] })
    answers.take(answer('a', 3, 1), 12, 0)
    expect(answers.get('a', 1)).toBeUndefined()
    expect([2, 3].map((n) => answers.get('a', n)?.id)).toEqual(['i2', 'i3'])
    expect(answers.from('a', 3, 12)).toBe(1)
  })

  it('are 64 and 256 KiB for one sender; the oldest go, and that is reported', () => {
    const answers = new SenderAnswers(HUB_LIMITS)
    for (let n = 1; n <= 65; n++) answers.take(answer('a', n), n, 0)
    expect(answers.from('a', 65, 65)).toBe(2)
    for (const n of [1, 2]) answers.take(answer('b', n, 0, 'x'.repeat(200_000)), 65 + n, 0)
    expect(answers.from('b', 2, 67)).toBe(2)
    expect(answers.get('b', 2)).toBeDefined()
    expect(answers.from('a', 65, 65)).toBe(2)
  })

  it('are 16 MiB for all; those go first whose sender was answered longest ago', () => {
    const answers = new SenderAnswers(HUB_LIMITS)
    const large = 'x'.repeat(250_000)
    for (let i = 0; i < 100; i++) answers.take(answer(`s${i}`, 1, 0, large), i + 1, 0)
    expect(JSON.stringify(answers).length).toBeLessThan(18 * 1024 * 1024)
    expect(answers.from('s0', 1, 1)).toBe(2)
    expect(answers.from('s99', 1, 100)).toBe(1)
    expect(answers.get('s99', 1)).toBeDefined()
  })

  it('stay flat however many senders come once', () => {
    const answers = new SenderAnswers(HUB_LIMITS)
    for (let i = 0; i < 20_000; i++) answers.take(answer(`${i}`.padStart(6, '0'), 1), i + 1, i)
    const size = JSON.stringify(answers).length
    for (let i = 20_000; i < 100_000; i++) answers.take(answer(`${i}`.padStart(6, '0'), 1), i + 1, i)
    expect(JSON.stringify(answers).length).toBeLessThan(size * 1.1)
    // One that may have been among those that went is told so; one that came later is not.
    expect(answers.from('000007', 1, 8)).toBe(2)
    expect(answers.from('later', 5, 100_001)).toBe(1)
  })

  it('go when their sender was not answered for a day', () => {
    const answers = new SenderAnswers(HUB_LIMITS)
    answers.take(answer('a', 1), 1, 0)
    answers.take(answer('b', 1), 2, DAY_MS - 1)
    expect(answers.get('a', 1)).toBeDefined()
    answers.take(answer('b', 2), 3, DAY_MS + 60_000)
    expect(answers.get('a', 1)).toBeUndefined()
    expect(answers.from('a', 1, 1)).toBe(2)
  })

  it('are the same after a snapshot', () => {
    const answers = new SenderAnswers(HUB_LIMITS)
    for (let n = 1; n <= 70; n++) answers.take(answer('a', n), n, 0)
    const again = new SenderAnswers(HUB_LIMITS)
    again.restore(JSON.parse(JSON.stringify(answers)))
    expect(again.toJSON()).toEqual(answers.toJSON())
    expect(again.from('a', 70, 70)).toBe(7)
  })
})
