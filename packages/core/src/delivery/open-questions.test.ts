import { expect, it } from 'vitest'
import { OpenQuestions } from './open-questions.ts'

function left(open: OpenQuestions<string>): string[] {
  const seen: string[] = []
  open.offer((question) => {
    seen.push(question)
    return false
  })
  return seen
}

it('the oldest open questions give way, to more than may be kept by count or by bytes', () => {
  const byCount = new OpenQuestions<string>(2)
  for (const id of ['a', 'b', 'c']) byCount.keep(id, id, 1)
  expect(left(byCount)).toEqual(['b', 'c'])
  const byBytes = new OpenQuestions<string>(100, 1_000)
  for (const id of ['a', 'b', 'c']) byBytes.keep(id, id, 200)
  expect(left(byBytes)).toEqual(['b', 'c'])
  byBytes.settle('b')
  byBytes.keep('d', 'd', 200)
  byBytes.keep('d', 'd again', 200)
  expect(left(byBytes)).toEqual(['c', 'd again'])
})

it('a question that is larger than the bound is kept alone', () => {
  const open = new OpenQuestions<string>(100, 1_000)
  for (const id of ['a', 'b']) open.keep(id, id, 200)
  open.keep('large', 'large', 5_000)
  expect(left(open)).toEqual(['large'])
  open.offer(() => true)
  for (const id of ['c', 'd']) open.keep(id, id, 200)
  expect(left(open)).toEqual(['c', 'd'])
})
