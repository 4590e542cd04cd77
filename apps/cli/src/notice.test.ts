import { ScreenModes, Tokenizer } from '@holdfast/terminal'
import headless from '@xterm/headless'
import { expect, it } from 'vitest'
import { Notice } from './notice.ts'

/** A terminal that shows what a program prints and, after it, a notice that comes and goes. */
async function noticed(output: string, after = '') {
  const terminal = new headless.Terminal({ cols: 40, rows: 10, allowProposedApi: true })
  const modes = new ScreenModes()
  for (const token of new Tokenizer().push(Buffer.from(output))) modes.see(token)
  const titles: string[] = []
  terminal.onTitleChange((title) => titles.push(title))
  terminal.write(output)
  let written = ''
  const write = (text: string): void => {
    written += text
    terminal.write(text)
  }
  const notice = new Notice({
    write,
    columns: () => 40,
    isCursorSaved: () => modes.isCursorSaved,
    whenAtRest: (show) => show(),
  })
  notice.show('away')
  notice.show('still away')
  notice.clear()
  await new Promise<void>((resolve) => terminal.write(after, resolve))
  const { cursorX, cursorY } = terminal.buffer.active
  terminal.dispose()
  return { cursor: [cursorX, cursorY], titles, written }
}

it('a cursor that a program has saved is where it saved it, after a notice', async () => {
  const { cursor, titles, written } = await noticed('\x1b[3;5H\x1b7\x1b[6;1Hline', '\x1b8')
  expect(cursor).toEqual([4, 2])
  expect(titles).toEqual(['away', 'still away'])
  expect(written).toBe('\x1b[22;0t\x1b]2;away\x1b\\\x1b]2;still away\x1b\\\x1b[23;0t')
})

it.each([
  ['nobody has saved one', 'text'],
  ['a line editor reads since', '\x1b7\x1b8\x1b[?2004htext'],
  ['a program on the alternate screen has ended', '\x1b[?1049h\x1b7\x1b[?1049ltext'],
])('a notice is a line below the cursor where %s', async (_, output) => {
  const { cursor, titles, written } = await noticed(output)
  expect([cursor, titles]).toEqual([[4, 0], []])
  expect(written).toContain('\x1b[7mstill away')
})

it('a notice that has to wait is shown when the terminal is at rest, unless it is over', () => {
  const waiting: (() => void)[] = []
  let written = ''
  const notice = new Notice({
    write: (text) => {
      written += text
    },
    columns: () => 40,
    isCursorSaved: () => false,
    whenAtRest: (show) => void waiting.push(show),
  })
  notice.show('away')
  notice.clear()
  notice.show('away again')
  expect(written).toBe('')
  for (const show of waiting) show()
  expect(written).toContain('away again')
  expect(written).not.toContain('maway\x1b')
})
