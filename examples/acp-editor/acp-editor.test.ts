import { expect, it } from 'vitest'
import { story, WHOLE } from './story.ts'

it('an editor on the SDK, with one line changed, has a turn through two kills of its gateway', async () => {
  const lines: string[] = []
  const seen = await story((line) => lines.push(line))
  expect(seen).toEqual({ stopReason: 'end_turn', text: WHOLE, questions: 1 })
  expect(lines.filter((line) => line.startsWith('kill -9'))).toHaveLength(2)
})
