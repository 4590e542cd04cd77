import { expect, it } from 'vitest'
import { QueryRouter } from '../../src/screen/query-router.ts'

function desk(): { readonly desk: QueryRouter; readonly typed: string[]; ask(from: number): void } {
  const typed: string[] = []
  const made = new QueryRouter((text) => typed.push(text))
  return { desk: made, typed, ask: (from) => made.asked({ from, end: from + 4, text: `<${from}>` }) }
}

it('the screen answers while no writer is attached, and not while one is', () => {
  const { desk: made, typed, ask } = desk()
  made.writerAttached({ received: 0, live: 0 })
  ask(10)
  made.writerConfirmed(14)
  made.writerDetached({ confirmed: 14, sent: 14, mayReturn: false })
  expect(typed).toEqual([])
  ask(20)
  expect(typed).toEqual(['<20>'])
})

it('the screen types no answer where the writer is no terminal, attached or away', () => {
  const { desk: made, typed, ask } = desk()
  ask(1)
  made.writerAttached({ received: 0, live: 9, isTerminal: false })
  ask(10)
  made.writerDetached({ confirmed: 0, sent: 14, mayReturn: true })
  ask(20)
  made.writerExpired()
  ask(30)
  expect(typed).toEqual([])
})

it('a question from before the first client is left to that client, or answered if it does not', () => {
  const published = desk()
  published.ask(10)
  published.desk.writerAttached({ received: 0, live: 0 })
  expect(published.typed).toEqual([])
  const ours = desk()
  ours.ask(10)
  ours.desk.writerAttached({ received: 0, live: 50 })
  expect(ours.typed).toEqual(['<10>'])
})

it('a question that was under way to a writer that dropped is answered when it is back, if it never saw it', () => {
  for (const [received, answered] of [
    [14, []],
    [10, ['<10>']],
  ] as const) {
    const { desk: made, typed, ask } = desk()
    made.writerAttached({ received: 0, live: 0 })
    ask(10)
    made.writerDetached({ confirmed: 5, sent: 14, mayReturn: true })
    expect(typed).toEqual([])
    made.writerAttached({ received, live: 40 })
    expect(typed).toEqual(answered)
  }
})

it('a question after a writer has dropped is answered at once, and a waiting one when the client is given up', () => {
  const { desk: made, typed, ask } = desk()
  made.writerAttached({ received: 0, live: 0 })
  ask(10)
  made.writerDetached({ confirmed: 5, sent: 14, mayReturn: true })
  ask(20)
  expect(typed).toEqual(['<20>'])
  made.writerExpired()
  expect(typed).toEqual(['<20>', '<10>'])
  made.writerAttached({ received: 5, live: 60 })
  expect(typed).toEqual(['<20>', '<10>'])
})

it('a question from before a return that is read later is answered by the server: the returned terminal leaves it alone', () => {
  const { desk: made, typed, ask } = desk()
  made.writerAttached({ received: 0, live: 100 })
  ask(50)
  ask(98)
  expect(typed).toEqual(['<50>'])
})

it('a question that the writer had seen is not answered when the screen reads it after the return', () => {
  const { desk: made, typed, ask } = desk()
  made.writerAttached({ received: 0, live: 0 })
  made.writerDetached({ confirmed: 0, sent: 30, mayReturn: true })
  made.writerAttached({ received: 14, live: 30 })
  ask(10)
  ask(20)
  expect(typed).toEqual(['<20>'])
})

it('a question that a writer had confirmed is not answered when the screen reads it after that one has left', () => {
  const { desk: made, typed, ask } = desk()
  made.writerAttached({ received: 0, live: 0 })
  made.writerConfirmed(14)
  made.writerDetached({ confirmed: 14, sent: 30, mayReturn: false })
  ask(10)
  ask(20)
  expect(typed).toEqual(['<20>'])
})
