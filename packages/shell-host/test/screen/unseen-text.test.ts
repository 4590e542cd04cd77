import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SCROLLBACK_LINES, ScreenModel } from '../../src/screen/screen-model.ts'
import { unseenText } from '../../src/screen/unseen-text.ts'
import { judge, show, stateOf } from './screen-state.ts'

const ESC = '\u001b'
const COLUMNS = 20
const ROWS = 6
const KEPT = { rows: ROWS, keptLines: ROWS + SCROLLBACK_LINES }

/** What a flood is made of: one of these over and over, with its number. */
const LINES: Readonly<Record<string, (line: number) => string>> = {
  plain: (line) => `line ${line}\r\n`,
  'longer than the screen is wide': (line) => `${'wrapped '.repeat(4)}${line}\r\n`,
  'in colours': (line) => `${ESC}[3${line % 8}mline${ESC}[0m ${ESC}[1;48;5;${line % 256}m${line}${ESC}[m\r\n`,
  'in colours that go on': (line) => `${ESC}[4${line % 8}mline ${line}\r\n`,
  'with characters and tabs': (line) => `é\t世界 ${line}\u0007\r\n`,
  'without returns': (line) => `${line}\n`,
  'some without returns': (line) => `${line}${line % 3 === 0 ? '\r' : ''}\n`,
  'with form feeds': (line) => `line ${line}\f\r\n`,
  'that move': (line) => `${ESC}[Aline ${line}\r\n\r\n`,
  'that change the character set': (line) => `\u000eq\u000f${line}\r\n`,
}
/** What is in front of it and behind it. */
const around = fc
  .array(
    fc.constantFrom(
      ...[
        'text',
        '\r\n',
        `${ESC}[2;4r`,
        `${ESC}[r`,
        `${ESC}[?1049h`,
        `${ESC}[?1049l`,
        `${ESC}7`,
        `${ESC}8`,
        `${ESC}[4h`,
      ],
      ...[`${ESC}[3;5H`, `${ESC}[?6h`, `${ESC}[?7l`, `${ESC}[20h`, `${ESC}(0`, `${ESC}[41m`, `${ESC}[1"q`, `${ESC}[2J`],
      ...[
        `${ESC}]8;;http://a.example/${ESC}\\`,
        `${ESC}]2;title`,
        '\u0007',
        `${ESC}]52;c;`,
        `${ESC}[b`,
        'e\u0301',
        ESC,
      ],
    ),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.join(''))

function flood(name: string, count: number): string {
  const line = LINES[name] ?? String
  return Array.from({ length: count }, (_, index) => line(index)).join('')
}

const RUNS = process.env['HOLDFAST_LONG'] === '1' ? 120 : 20

function seenBy(chunks: readonly Uint8Array[]): unknown {
  const model = new ScreenModel({ width: COLUMNS, height: ROWS }, 0, () => {})
  for (const chunk of chunks) model.feed(chunk)
  const state = { ...stateOf(model.terminal), at: model.at }
  model.dispose()
  return state
}

describe('lines that scroll out unseen', () => {
  it('leave the screen as it is for who draws all of them, whatever is around them', () => {
    let counted = 0
    fc.assert(
      fc.property(
        fc.array(fc.tuple(around, fc.constantFrom(...Object.keys(LINES)), fc.integer({ min: 0, max: 9_000 })), {
          minLength: 1,
          maxLength: 2,
        }),
        around,
        fc.integer({ min: 0, max: 400_000 }),
        (floods, end, cut) => {
          const text = floods.map(([before, name, count]) => `${before}${flood(name, count)}`).join('')
          const output = Buffer.from(`${text}${end}`)
          if (unseenText(output, 0, KEPT) !== undefined) counted += 1
          const all = judge(COLUMNS, ROWS)
          show(all, output)
          const expected = { ...stateOf(all), at: output.length }
          all.dispose()
          expect(seenBy([output])).toEqual(expected)
          expect(seenBy([output.subarray(0, cut), output.subarray(cut)])).toEqual(expected)
        },
      ),
      { numRuns: RUNS, seed: 4 },
    )
    expect(counted).toBeGreaterThan(RUNS / 3)
  })

  it.each(Object.keys(LINES))('%s: counted where nothing but text and colours is in them', (name) => {
    const output = Buffer.from(flood(name, 20_000))
    const isText = !['without returns', 'that move', 'that change the character set'].includes(name)
    const unseen = unseenText(output, 0, KEPT)
    expect(unseen !== undefined).toBe(isText)
    if (unseen === undefined) return
    // All that is kept, and not much more, is drawn.
    const drawn = output.subarray(unseen.to).filter((byte) => byte === 0x0a).length
    expect(drawn).toBeGreaterThan(KEPT.keptLines)
    expect(drawn).toBeLessThan(KEPT.keptLines + 8)
  })

  it('are drawn where they are all that is kept, or a part of the screen scrolls by itself', () => {
    expect(unseenText(Buffer.from(flood('plain', KEPT.keptLines)), 0, KEPT)).toBeUndefined()
    const output = Buffer.from(`${ESC}[2;4r${flood('plain', 20_000)}`)
    const all = judge(COLUMNS, ROWS)
    show(all, output)
    expect(seenBy([output])).toEqual({ ...stateOf(all), at: output.length })
  })
})
