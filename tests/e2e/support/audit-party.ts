import { expect } from 'vitest'
import { eventually } from './cuts.ts'
import type { Participant, Seen } from './hub-participant.ts'
import type { Watcher } from './hub-watchers.ts'

/** Who says numbered messages to each other, and who watches. */
export interface Party {
  readonly lead: Participant
  readonly controller: Participant
  readonly watchers: readonly Watcher[]
}

/** 1 … count */
export function numbersTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

/**
 * Everything that was said was heard, once, in order, by everybody whom it concerns; and nobody was told otherwise.
 * `said` is how much the lead and the controller said, `withinMs` how long the last of it may take.
 */
export async function auditParty(
  { lead, controller, watchers }: Party,
  said: { readonly lead: number; readonly controller: number },
  withinMs: number,
): Promise<{ readonly lead: Seen; readonly controller: Seen }> {
  const events = numbersTo(said.lead)
  const requests = numbersTo(said.controller)
  await eventually(
    () => watchers.every(({ expects, numbers }) => numbers.length >= events.filter(expects).length),
    () => watchers.map(({ name, numbers: { length } }) => `${name}: ${length}`).join(', '),
    withinMs,
  )
  for (const { name, numbers, expects, complaints } of watchers) {
    expect({ name, numbers, complaints }).toEqual({ name, numbers: events.filter(expects), complaints: [] })
  }
  const seen = { lead: await lead.seen(), controller: await controller.seen() }
  for (const one of [seen.lead, seen.controller]) expect(one).toMatchObject({ wrong: [], errors: [], gaps: [] })
  expect(inOrder(seen.lead.answered)).toEqual(events)
  expect(inOrder(seen.controller.answered)).toEqual(requests)
  expect(seen.lead.requests).toEqual(requests)
  expect(seen.controller.broadcasts).toEqual(events)
  return seen
}

function inOrder(numbers: readonly number[]): readonly number[] {
  return [...numbers].sort((a, b) => a - b)
}
