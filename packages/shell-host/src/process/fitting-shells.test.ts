import type { Logger } from '@holdfast/contract'
import { VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { fittingShells, unfitShells } from './fitting-shells.ts'

const SHELL = {
  ...{ shellId: 'a', sessionId: 's', owner: 'ann', epoch: 'e', startedAt: 1, program: 'sh' },
  ...{ hasWriter: false, attached: 0, outputBytes: 3 },
}

it('a shell that another process describes wrongly is left out and named; the others are there', () => {
  const issues: string[] = []
  const later = { ...SHELL, exitCode: null, added: 'by a later version' }
  const listed = [SHELL, { ...SHELL, startedAt: 'noon' }, later, 7]
  expect(fittingShells(listed, (issue) => issues.push(issue))).toEqual([SHELL, later])
  expect(issues).toEqual(['shells[1].startedAt: expected number, got string', 'shells[3]: expected object, got number'])
})

it('a list of shells that is no array has no shells, and is reported', () => {
  const issues: string[] = []
  for (const listed of [{}, null, 'a']) expect(fittingShells(listed, (issue) => issues.push(issue))).toEqual([])
  expect(issues).toEqual(['object', 'null', 'string'].map((got) => `shells: expected array, got ${got}`))
})

it('an entry of a list of shells that does not fit is logged once a minute', async () => {
  const lines: unknown[] = []
  const note = (_message: string, fields?: object): void => void lines.push(fields)
  const logger: Logger = { debug: note, info: note, warn: note, error: note }
  const clock = new VirtualClock()
  const unfit = unfitShells({ clock, logger })
  for (let times = 0; times < 100; times++) unfit('shells[1]: …')
  expect(lines).toEqual([{ issue: 'shells[1]: …' }])
  await clock.advance(60_000)
  unfit('shells[2]: …')
  expect(lines).toHaveLength(2)
})
