import { type CastEvent, castSize } from '@holdfast/protocol/shell'

/** What has to be done to a screen at a moment. */
export type Step =
  | { readonly atMs: number; readonly kind: 'write'; readonly text: string }
  | { readonly atMs: number; readonly kind: 'resize'; readonly width: number; readonly height: number }

/** A recording as it is shown: pauses are cut, and what was typed is what the program made of it. */
export interface Timeline {
  readonly steps: readonly Step[]
  readonly durationMs: number
}

/** @param idleLimitMs longer pauses are cut to this */
export function timelineOf(events: readonly CastEvent[], idleLimitMs: number): Timeline {
  const steps: Step[] = []
  let lastMs = 0
  let atMs = 0
  for (const event of events) {
    atMs += Math.min(event.atMs - lastMs, idleLimitMs)
    lastMs = event.atMs
    const size = event.kind === 'resize' ? castSize(event.text) : undefined
    if (size !== undefined) steps.push({ atMs, kind: 'resize', ...size })
    else if (event.kind === 'output') steps.push({ atMs, kind: 'write', text: event.text })
    else if (event.kind === 'marker' && event.text !== '') {
      steps.push({ atMs, kind: 'write', text: `\r\n\u001B[0;33m… ${event.text} …\u001B[0m\r\n` })
    }
  }
  return { steps, durationMs: atMs }
}

/** How many steps have been done at a moment. */
export function stepsUntil({ steps }: Timeline, ms: number): number {
  let low = 0
  let high = steps.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((steps[middle]?.atMs ?? 0) <= ms) low = middle + 1
    else high = middle
  }
  return low
}
