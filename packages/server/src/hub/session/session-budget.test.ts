import { expect, it } from 'vitest'
import { type BudgetedSession, SessionBudget } from './session-budget.ts'

/** A session that holds what it is told to, and ends when it is let. */
class FakeSession implements BudgetedSession {
  readonly name: string
  recent = 0
  history = 0
  state = 0
  isClosed = false
  readonly #budget: SessionBudget
  #over: () => void = () => {}

  constructor(budget: SessionBudget, name: string) {
    this.#budget = budget
    this.name = name
  }

  get bytes(): number {
    return this.recent + this.history + this.state
  }

  take(what: Partial<Pick<FakeSession, 'recent' | 'history' | 'state'>>): this {
    Object.assign(this, what)
    this.#budget.grew(this)
    return this
  }

  dropRecent(): void {
    this.recent = 0
  }

  dropHistory(): void {
    this.history = 0
  }

  close(): Promise<void> {
    this.isClosed = true
    const over = new Promise<void>((resolve) => {
      this.#over = resolve
    })
    this.#budget.ended(this, over)
    return over
  }

  async stored(): Promise<void> {
    this.#over()
    await Promise.resolve()
  }
}

function sessions(budget: SessionBudget, count: number, what: Parameters<FakeSession['take']>[0]): FakeSession[] {
  return Array.from({ length: count }, (_, at) => new FakeSession(budget, `s${at}`).take(what))
}

it('the session budget closes those that were left first, and no more of them than it has to', () => {
  const budget = new SessionBudget(1_000)
  const [a, b, c, d] = sessions(budget, 4, { state: 240 })
  for (const session of [b, a, c]) if (session !== undefined) budget.left(session)
  d?.take({ state: 500 })
  expect([a, b, c, d].map((session) => session?.isClosed)).toEqual([false, true, false, false])
})

it('the session budget does not close one with a new participant', () => {
  const budget = new SessionBudget(1_000)
  const [a, b, c] = sessions(budget, 3, { state: 300 })
  for (const session of [a, b]) if (session !== undefined) budget.left(session)
  if (a !== undefined) budget.entered(a)
  c?.take({ state: 600 })
  expect([a, b].map((session) => session?.isClosed)).toEqual([false, true])
})

it('the session budget counts one that is being closed until it is gone, and opens none before', async () => {
  const budget = new SessionBudget(1_000)
  const [a, b] = sessions(budget, 2, { state: 400 })
  if (a !== undefined) budget.left(a)
  b?.take({ state: 800 })
  expect(budget.bytes).toBe(1_200)
  let isAdmitted = false
  const admitted = budget.admit().then((done) => {
    isAdmitted = true
    return done
  })
  await Promise.resolve()
  expect(isAdmitted).toBe(false)
  await a?.stored()
  ;(await admitted)()
  expect(budget.bytes).toBe(800)
})

it('sessions that all have participants give up recent events first, then history, the quietest first; then none is opened', async () => {
  const budget = new SessionBudget(1_000)
  const [a, b, c] = sessions(budget, 3, { recent: 100, history: 100, state: 100 })
  c?.take({ state: 250 })
  expect([a, b, c].map((session) => session?.recent)).toEqual([0, 0, 100])
  c?.take({ state: 600 })
  expect([a, b, c].map((session) => [session?.recent, session?.history])).toEqual([
    [0, 0],
    [0, 100],
    [0, 100],
  ])
  c?.take({ state: 2_000 })
  expect([a, b, c].map((session) => session?.history)).toEqual([0, 0, 0])
  expect([a, b, c].map((session) => session?.isClosed)).toEqual([false, false, false])
  await expect(budget.admit()).rejects.toMatchObject({ code: 'hub/unavailable' })
  c?.take({ state: 100 })
  ;(await budget.admit())()
})

it('the session budget opens sixteen at a time', async () => {
  const budget = new SessionBudget(1_000)
  const done = await Promise.all(Array.from({ length: 16 }, () => budget.admit()))
  let opened = 0
  const later = [1, 2].map(async () => {
    const end = await budget.admit()
    opened++
    return end
  })
  await new Promise(setImmediate)
  expect(opened).toBe(0)
  done[0]?.()
  ;(await Promise.race(later))()
  await Promise.all(later)
  expect(opened).toBe(2)
})
