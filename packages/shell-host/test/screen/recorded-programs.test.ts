import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { RestingScreen } from '../../src/screen/resting-screen.ts'
import { ScreenModel } from '../../src/screen/screen-model.ts'
import { judge, show, stateOf } from './screen-state.ts'

// What programs of Debian printed in a terminal of 80 by 24, recorded by `HOLDFAST_RECORD=1 pnpm test:interop-system`.
const STREAMS = join(import.meta.dirname, 'streams')
/** Places at which a stream is left and come back to. */
const PLACES = 12

it.each(readdirSync(STREAMS))('output of %s is left and rejoined at any place: the end is the same screen', (name) => {
  const output = readFileSync(join(STREAMS, name))
  const all = judge()
  show(all, output)
  const expected = stateOf(all)
  for (let place = 0; place <= PLACES; place++) {
    const model = new ScreenModel({ width: 80, height: 24 }, 0, () => {})
    model.feed(output.subarray(0, Math.floor((output.length * place) / PLACES)))
    const { at, bytes } = (place % 2 === 0 ? RestingScreen.of(model)?.picture : undefined) ?? model.picture(1_000_000)
    const late = judge()
    show(late, bytes)
    show(late, output.subarray(at))
    expect(stateOf(late)).toEqual(expected)
  }
})
