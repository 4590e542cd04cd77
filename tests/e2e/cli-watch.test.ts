import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { CliTerminal, type WindowSize } from './cli-terminal.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { JudgeTerminal } from './support/judge-terminal.ts'

let gateway: GatewayProcess
const terminals: CliTerminal[] = []

beforeAll(async () => {
  gateway = await startGateway(['--port', '0', '--store', 'memory', '--token', 't', '--shell', '/bin/sh'])
})
afterEach(() => {
  for (const terminal of terminals.splice(0)) terminal.kill()
})
afterAll(async () => {
  await gateway.stop('SIGTERM')
})

function open(size: WindowSize, ...args: readonly string[]): CliTerminal {
  const terminal = new CliTerminal(['shell', ...args], { HOLDFAST_URL: gateway.url, HOLDFAST_TOKEN: 't' }, size)
  terminals.push(terminal)
  return terminal
}

/** Draws a letter in each corner whenever its window is another one. */
const CORNERS = `
draw() { set -- $(stty size); printf '\\033[2J\\033[1;1HA\\033[1;%sHB\\033[%s;1HC\\033[%s;%sHD\\033[1;2H' $2 $1 $1 $2; printf '\\007\\033[6n'; }
printf '\\033[?1049h\\033[?7l'; trap draw WINCH; draw; while :; do sleep 0.05; done`

async function screenOf(terminal: CliTerminal, { cols, rows }: WindowSize): Promise<readonly string[]> {
  const judge = new JudgeTerminal(cols, rows)
  await judge.write(terminal.output)
  return Array.from({ length: rows }, (_, row) => judge.line(row))
}

it('an observer with a smaller window sees a part of the screen, unbroken, and a hint', async () => {
  const small = { cols: 60, rows: 20 }
  const writer = open({ cols: 120, rows: 30 }, '--id', 'small', '-t', '--', 'sh', '-c', CORNERS)
  await writer.shows('A')
  const watcher = open(small, '--id', 'small', '--observe')
  await watcher.shows('you watch a window of 120 × 30')
  await expect.poll(async () => (await screenOf(watcher, small))[0]).toBe('A')
  const lines = await screenOf(watcher, small)
  expect(lines.slice(1, 19).join('')).toBe('')
  expect(lines[19]).toContain('this is a part')
  // Nothing of it acts or asks at the terminal of somebody who watches.
  expect(watcher.output).not.toMatch(/\x07|\x1b\[6n/)

  writer.resize(60, 19)
  await watcher.shows('you watch a window of 60 × 19')
  await expect.poll(async () => (await screenOf(watcher, small))[18]).toMatch(/^C {58}D$/)
  expect((await screenOf(watcher, small))[0]).toMatch(/^A {58}B$/)
})

it('an observer with a larger window sees the screen in a border, and gets the own terminal back', async () => {
  const large = { cols: 100, rows: 40 }
  const writer = open({ cols: 60, rows: 10 }, '--id', 'large', '-t', '--', 'sh', '-c', CORNERS)
  await writer.shows('A')
  const watcher = open(large, '--id', 'large', '--observe')
  await watcher.shows('you watch a window of 60 × 10')
  await expect.poll(async () => (await screenOf(watcher, large))[9]).toMatch(/^C {58}D│$/)
  const lines = await screenOf(watcher, large)
  expect(lines[0]).toMatch(/^A {58}B│$/)
  expect(lines[10]).toBe(`${'─'.repeat(60)}┘`)
  watcher.type('\x1dd')
  expect(await watcher.ended).toBe(0)
  const judge = new JudgeTerminal(large.cols, large.rows)
  const found = judge.state
  await judge.write(watcher.output)
  expect(judge.state).toEqual(found)
  expect(judge.text).toMatch(/^Detached;/)
})

it('an observer in the same size sees the plain output until one of the windows changes', async () => {
  const size = { cols: 80, rows: 24 }
  const writer = open(size, '--id', 'same', '-t', '--', 'sh', '-c', CORNERS)
  await writer.shows('A')
  const watcher = open(size, '--id', 'same', '--observe')
  await watcher.shows('D')
  expect(watcher.output).not.toContain('you watch')
  watcher.resize(80, 20)
  await watcher.shows('you watch a window of 80 × 24')
})
