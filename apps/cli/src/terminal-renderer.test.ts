import headless from '@xterm/headless'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { TerminalRenderer } from './terminal-renderer.ts'
import { WatchedScreen } from './watched-screen.ts'

const OURS = '\r\n[ours]\r\n'
/** Longer than what is held of one string. */
const PICTURE = `\x1bPq${'~'.repeat(70_000)}`

const views: TerminalRenderer[] = []

afterEach(() => {
  vi.useRealTimers()
  for (const view of views.splice(0)) view.restore()
})

/** A view on a terminal that understands everything, and what it was written. */
function shown() {
  const terminal = new headless.Terminal({ cols: 40, rows: 10, allowProposedApi: true })
  let written = ''
  const bells: string[] = []
  terminal.onBell(() => bells.push('bell'))
  const write = (data: string | Uint8Array): void => {
    written += Buffer.from(data).toString('latin1')
    terminal.write(Buffer.from(data))
  }
  const view = new TerminalRenderer({
    write,
    columns: () => 40,
    predict: 'always',
    roundTripMs: () => undefined,
    unacknowledgedBytes: () => undefined,
  })
  views.push(view)
  return {
    view,
    write,
    print: (output: string): void => write(view.show(Buffer.from(output, 'latin1'), false)),
    written: (): string => written,
    text: async (): Promise<string> => {
      await new Promise<void>((resolve) => terminal.write('', resolve))
      const { active } = terminal.buffer
      const lines = Array.from(
        { length: active.length },
        (_, row) => active.getLine(row)?.translateToString(true) ?? '',
      )
      return [...lines, ...bells].join('|').replaceAll(/\|{2,}/g, '|')
    },
  }
}

const CUT: Readonly<Record<string, readonly [string, string, string]>> = {
  'a control sequence': ['a\x1b[3', '1mb', 'a|[ours]|b|'],
  'a title': ['a\x1b]2;ti', 'tle\x07b', 'a|[ours]|b|'],
  'an escape': ['a\x1b', '[1mb', 'a|[ours]|b|'],
  'a character': ['a\xe6', '\xbc\xa2b', 'a|[ours]|\u6f22b|'],
  'the last byte of a character': ['a\xf0\x9f\x9b', '\x9bb', 'a|[ours]|\u{1f6db}b|'],
}

describe('what is written between two pieces of output is not in the middle of', () => {
  it.each(Object.entries(CUT))('%s', async (_, [begin, rest, text]) => {
    const { view, print, write, text: shownText } = shown()
    print(begin)
    view.whenAtRest(() => write(OURS))
    print(rest)
    expect(await shownText()).toBe(text)
  })
})

it('the terminal renderer draws typed text never in the middle of a sequence', async () => {
  const { view, print, text } = shown()
  print('\x1b[?2004h$ a')
  view.typed({ kind: 'text', bytes: Buffer.from('b') })
  print('b\x1b[')
  view.prediction.away(true)
  view.typed({ kind: 'text', bytes: Buffer.from('c') })
  print('1mc')
  expect(await text()).toBe('$ abc|')
})

describe('in a string that comes in parts, such as a picture', () => {
  it('what is to be written waits for its end', () => {
    vi.useFakeTimers()
    const { view, print, write, written } = shown()
    print(PICTURE)
    view.whenAtRest(() => write(OURS))
    print('~~')
    expect(written()).not.toContain(OURS)
    print('\x1b\\after')
    vi.advanceTimersByTime(100)
    expect(written()).toMatch(/~~\x1b\\after\r\n\[ours\]\r\n$/)
  })

  it('what is to be written ends it after two seconds, and its rest is left out', () => {
    vi.useFakeTimers()
    const { view, print, write, written } = shown()
    print(PICTURE)
    view.whenAtRest(() => write(OURS))
    vi.advanceTimersByTime(3_000)
    expect(written()).toMatch(/~\x18\r\n\[ours\]\r\n$/)
    print('~~\x1b\\after')
    expect(written()).toMatch(/~\x18\r\n\[ours\]\r\nafter$/)
  })

  it('nothing is drawn, and a title behind it is given back', () => {
    const { view, print, written } = shown()
    print(PICTURE)
    print('~\x1b\\\x1b]2;busy\x07')
    view.restore()
    expect(written()).toMatch(/^\x1b\[22;0t\x1bPq~+\x1b\\\x1b\]2;busy\x07\x1b\[23;0t$/)
  })
})

it('a process that was stopped in the middle of a sequence goes on with its rest', async () => {
  const { view, print, text } = shown()
  print('a\x1b[3')
  view.restore()
  view.apply()
  print('1mb')
  expect(await text()).toBe('ab|')
})

it('a picture of everything ends what was begun before it', async () => {
  const { view, print, text } = shown()
  print('a\x1b[3')
  view.makeRoom(10)
  print('\x1b[2J\x1b[Hpicture')
  expect(await text()).toContain('picture|')
})

it('a frame around a watched screen is not drawn into the middle of a sequence', async () => {
  const { view, write, written } = shown()
  let columns = 40
  const watched = new WatchedScreen({
    view,
    write: (data) => Promise.resolve(write(data)),
    window: () => ({ columns, rows: 10 }),
    size: () => ({ width: 40, height: 10 }),
  })
  await watched.show(Buffer.from('a\x1b[3'))
  columns = 50
  watched.resized()
  await watched.show(Buffer.from('1mb'))
  watched.stop()
  expect(written()).toContain('\x1b[?1049h')
  expect(written()).not.toContain('\x1b[3\x1b')
})
