import { VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { TerminalStream } from '../src/index.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function streamed() {
  const clock = new VirtualClock()
  const stream = new TerminalStream({
    ...{ clock, columns: () => 80, mode: 'always' as const, onChange: () => {} },
    ...{ roundTripMs: () => undefined, unacknowledgedBytes: () => undefined },
  })
  return { clock, stream }
}

it('the modes that output sets count once the terminal has drawn it', () => {
  const { stream } = streamed()
  const { bytes: shown, drawn } = stream.push(bytes('\u001B[?1049h'), false)
  expect([new TextDecoder().decode(shown), stream.modes.isAlternate]).toEqual(['\u001B[?1049h', false])
  drawn()
  expect(stream.modes.isAlternate).toBe(true)
})

it('silent output paints, and reports only after its end', () => {
  const { stream } = streamed()
  const { bytes: shown, drawn } = stream.push(bytes('a\u0007\u001B[?1004hb'), true)
  drawn()
  expect(new TextDecoder().decode(shown)).toBe('ab')
  expect(new TextDecoder().decode(stream.endSilence())).toContain('\u001B[?1004h')
})

it('a sequence that output began is ended where the output goes on with something else', () => {
  const { stream } = streamed()
  stream.push(bytes(`\u001BPq${'~'.repeat(70_000)}`), false).drawn()
  expect(stream.isAtRest).toBe(false)
  expect(stream.restart().length).toBeGreaterThan(0)
  expect(stream.isAtRest).toBe(true)
})
