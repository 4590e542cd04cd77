import { seededRandom } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { JudgeTerminal } from '../../../tests/e2e/support/judge-terminal.ts'
import { ScreenPainter, type WindowSize } from './screen-painter.ts'

const PIECES = ['text', '漢字', 'é', '\x1b[31m', '\x1b[1;44m', '\x1b[38;2;1;2;3m', '\x1b[m', '\r\n', '\x1b[7m', '   ']

/** A screen with something on it, and a window in which it is drawn. */
async function drawn(size: WindowSize, window: WindowSize, output: string) {
  const screen = new JudgeTerminal(size.columns, size.rows)
  const seen = new JudgeTerminal(window.columns, window.rows)
  const painter = new ScreenPainter(screen.terminal)
  await screen.write(output)
  await seen.write(`\x1b[?7l${painter.paint(window, () => 'notice')}`)
  return { screen, seen, painter }
}

/** How the cells of a part are written; characters that an edge cuts in two are left out. */
function looks(judge: JudgeTerminal, columns: number, rows: number): readonly string[] {
  return judge.looks.filter((look) => {
    const [row = 0, column = 0] = look.split(' ', 1)[0]?.split(',').map(Number) ?? []
    return row < rows && column < columns - 1
  })
}

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'every cell of a screen stands in the window as it is written, seed %i',
  async (seed) => {
    const random = seededRandom(seed)
    const size = { columns: random.integer(5, 60), rows: random.integer(2, 20) }
    const window = { columns: random.integer(5, 60), rows: random.integer(3, 20) }
    const output = Array.from({ length: 60 }, () => random.pick(PIECES)).join('')
    const { screen, seen } = await drawn(size, window, `${output}\x1b[1;1H`)
    const columns = Math.min(size.columns, window.columns)
    const rows = Math.min(size.rows, window.rows - 1)
    expect(looks(seen, columns, rows)).toEqual(looks(screen, columns, rows))
    expect(seen.line(window.rows - 1)).toBe('notice'.slice(0, window.columns - 1))
  },
)

it('a smaller window shows the part around the cursor', async () => {
  const { seen } = await drawn({ columns: 20, rows: 10 }, { columns: 8, rows: 4 }, '\x1b[9;15Hhere')
  expect(seen.text).toContain('here')
  expect(seen.cursor).toEqual([7, 2])
})

it('a larger window shows the screen in a border', async () => {
  const { seen } = await drawn({ columns: 4, rows: 2 }, { columns: 8, rows: 6 }, 'ab\r\ncd')
  expect(seen.text.split('\n')).toEqual(['ab  │', 'cd  │', '────┘', '', '', 'notice'])
})

it('the screen painter writes only rows that changed', async () => {
  const { screen, painter } = await drawn({ columns: 8, rows: 4 }, { columns: 8, rows: 5 }, 'ab\r\ncd')
  await screen.write('e')
  const written = painter.paint({ columns: 8, rows: 5 }, () => 'notice')
  expect(written).toContain('cde')
  expect(written).not.toContain('ab')
})
