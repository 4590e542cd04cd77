import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ShellSession, shellEndpoint } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installTerminalPrograms } from '../../../../scripts/terminal-programs.ts'
import { judge, show, stateOf } from '../screen/screen-state.ts'
import { startServer } from '../support.ts'
import { tappedTerminals } from './tapped-terminals.ts'
import { tmuxScreen } from './tmux-judge.ts'

// Left in the middle, and come back to from a new terminal when the ring has turned over: the screen is that of a terminal
// that saw everything. HOLDFAST_RECORD=1 keeps the output for the tests that need none of these programs.

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const COLUMNS = 80
const ROWS = 24
const STREAMS = join(import.meta.dirname, '../screen/streams')
const MAX_STREAM_BYTES = 65_536

/** A program, what is typed before leaving it, and what is typed after coming back. */
interface Case {
  readonly command: readonly string[]
  readonly keys: readonly string[]
  readonly after?: string
}

const bash = (...more: readonly string[]): readonly string[] => ['/bin/bash', '--norc', '--noprofile', ...more]
const run = (line: string): readonly string[] => bash('-c', line)

const CASES: Readonly<Record<string, Case>> = {
  vim: {
    command: run('exec vim -u NONE --cmd "set nocp nu hls mouse=a sw=2" "$HOLDFAST_TEXT"'),
    keys: [
      '\u001b[B\u001b[B',
      ':syntax on\r',
      '/line 12\r',
      'Oinserted text\u001b',
      '\u0006',
      ':split\r',
      '\u0006\u0006',
    ],
    after: 'ggx',
  },
  less: { command: run('exec less -R "$HOLDFAST_TEXT"'), keys: [' ', ' ', '/7\r', 'n', '\u001b[B'], after: ' ' },
  htop: { command: run('exec htop -d 100 -p $$'), keys: ['\u001b[B\u001b[B', 'M', '/ba'] },
  top: { command: run('exec top -d 60 -p $$'), keys: ['z', 'x', 'c'] },
  tmux: {
    command: run('exec tmux -S "$HOLDFAST_FOLDER/inner" -f "$HOLDFAST_FOLDER/tmux.conf" new "bash --norc --noprofile"'),
    keys: ['echo \u001b', '\u0015', 'ls --color files\r', '\u0002"', 'echo second\r', '\u0002%', 'echo third\r'],
    after: 'echo fourth\r',
  },
  nano: {
    command: run('exec nano -I -l "$HOLDFAST_TEXT"'),
    keys: ['\u001b[B\u001b[B', 'typed', '\u0016', '\u0017'],
    after: '\u0003',
  },
  mc: {
    command: run('exec mc -u -x files files/sub'),
    keys: ['\u001b[B\u001b[B\u001b[B', '\t', '\u001bOP', '\u001b\u001b'],
    after: '\t',
  },
  emacs: {
    command: run('exec emacs -nw -Q "$HOLDFAST_TEXT"'),
    keys: ['\u000e\u000e\u000e', 'typed', '\u0018\u0032', '\u0018o', '\u001b>', '\u0013line 9'],
    after: '\u0007',
  },
  fish: {
    command: run(
      'exec fish --private --no-config -C "function fish_prompt; echo -n \\"> \\"; end; function fish_title; end"',
    ),
    keys: ['ls --color=always files\r', 'echo é 世界 👍\r', 'echo unfin'],
    after: 'ished\r',
  },
  readline: {
    command: bash(),
    keys: ['ls --color=always files\r', 'echo one two three', '\u0001\u001bf', '\u0012ls'],
    after: '\u0007',
  },
  python: {
    command: run('exec python3 -q'),
    keys: ['for i in range(30): print(i, "x" * i)\r\r', 'import os; os.getc'],
    after: '\u0003',
  },
  node: {
    command: run(`exec "${process.execPath}"`),
    keys: ['Array.from({length: 40}, (_, i) => ({i}))\r', 'process.ver'],
    after: '\u0003',
  },
  flood: {
    command: run(
      'seq -f "%.0f \u001b[3$((RANDOM % 8))m line of a flood of ten megabytes, as long as a terminal is wide" 140000; printf "\\e[5;10Hend\\e[?1000;1006h"; exec cat',
    ),
    keys: [],
  },
}

let folder: string
beforeAll(() => {
  installTerminalPrograms()
  folder = mkdtempSync(join(tmpdir(), 'programs-'))
  const lines = Array.from(
    { length: 600 },
    (_, line) => `line ${line} ${'word '.repeat(line % 17)}\tint x = ${line}; // é 世界`,
  )
  writeFileSync(join(folder, 'text.c'), `${lines.join('\n')}\n`)
  writeFileSync(join(folder, 'tmux.conf'), 'set -g status-right ""\nset -g set-titles off\n')
  mkdirSync(join(folder, 'files/sub/deep'), { recursive: true })
  for (let file = 0; file < 40; file++)
    writeFileSync(join(folder, 'files', `file-${file}.${file % 3 === 0 ? 'c' : 'txt'}`), '')
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Nothing more is printed for a while. */
async function quiet(length: () => number, forMs = 700): Promise<void> {
  for (let before = -1; before !== length(); ) {
    before = length()
    await sleep(forMs)
  }
}

/** Reads a session into what a terminal of its own is given. */
function terminalOf(session: ShellSession): { readonly bytes: () => Uint8Array; readonly length: () => number } {
  const pieces: Uint8Array[] = []
  let length = 0
  void (async () => {
    for await (const { channel, payload } of session) {
      if (channel !== 'stdout' && channel !== 'screen') continue
      pieces.push(payload)
      length += payload.length
    }
  })()
  return { bytes: () => Buffer.concat(pieces), length: () => length }
}

describe('the screen after a return is that of a terminal that saw everything', () => {
  it.each(Object.entries(CASES))('%s', { timeout: 120_000 }, async (name, { command, keys, after: more }) => {
    const tapped = tappedTerminals()
    // The flood turns the ring of a shell over; for the others it is smaller. Nobody comes back with a place in it.
    const limits = name === 'flood' ? {} : { ringBytes: 32_768, windowBytes: 16_384, resumeWindowBytes: 8_192 }
    await using world = await startServer({ backend: tapped.backend, limits })
    const env = { HOLDFAST_TEXT: join(folder, 'text.c'), HOLDFAST_FOLDER: folder, COLORTERM: 'truecolor' }
    const names = Object.entries(env).map(([key, value]) => `${key}=${value}`)
    const target = shellEndpoint({
      url: world.url,
      token: 'secret',
      command: ['/usr/bin/env', '-C', folder, ...names, ...command],
    })
    const session = (): ShellSession =>
      new ShellSession({ transport: nodeWebSocket(), target, shellId: name, sessionId: 's', screen: 'frames' })
    const first = session()
    const seen = terminalOf(first)
    await first.connect()
    await first.resize(COLUMNS, ROWS)
    await quiet(() => tapped.length)
    for (const key of keys) {
      await first.send(key)
      await quiet(() => tapped.length, 350)
    }
    await quiet(() => tapped.length)
    await first.close()
    expect(seen.length()).toBeGreaterThan(0)

    const second = session()
    const shown = terminalOf(second)
    await second.connect()
    await quiet(shown.length)
    const [everything, painted] = [tapped.bytes(), shown.bytes()]
    const all = judge(COLUMNS, ROWS)
    show(all, everything)
    const late = judge(COLUMNS, ROWS)
    show(late, painted)
    expect(stateOf(late)).toEqual(stateOf(all))
    expect(tmuxScreen(painted, COLUMNS, ROWS)).toEqual(tmuxScreen(everything, COLUMNS, ROWS))
    if (process.env['HOLDFAST_RECORD'] === '1' && everything.length <= MAX_STREAM_BYTES) {
      writeFileSync(join(STREAMS, `${name}.ansi`), everything)
    }
    if (more !== undefined) {
      await second.send(more)
      await quiet(() => tapped.length)
      await quiet(shown.length)
      const after = judge(COLUMNS, ROWS)
      show(after, tapped.bytes())
      const later = judge(COLUMNS, ROWS)
      show(later, shown.bytes())
      expect(stateOf(later)).toEqual(stateOf(after))
    }
    await second.kill()
  })
})
