import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ScreenModel } from '../../src/screen/screen-model.ts'
import { STATE_QUESTIONS, STATE_SIZE } from './state-questions.ts'

const answers: unknown = JSON.parse(readFileSync(join(import.meta.dirname, 'xterm-answers.json'), 'utf8'))

it('the requests for cursor, tab stops and cells are answered as xterm does', () => {
  const own = Object.entries(STATE_QUESTIONS).map(([name, output]) => {
    let said = ''
    const model = new ScreenModel(STATE_SIZE, 0, ({ text }) => {
      said += text
    })
    model.feed(Buffer.from(output, 'latin1'))
    model.dispose()
    return [name, said]
  })
  expect(Object.fromEntries(own)).toEqual(answers)
})
