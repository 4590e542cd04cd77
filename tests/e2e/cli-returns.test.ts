import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { CliTerminal } from './cli-terminal.ts'
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

function open(...args: readonly string[]): CliTerminal {
  const terminal = new CliTerminal(['shell', ...args], { HOLDFAST_URL: gateway.url, HOLDFAST_TOKEN: 't' })
  terminals.push(terminal)
  return terminal
}

async function detach(shell: CliTerminal): Promise<void> {
  shell.type('\x1dd')
  expect(await shell.ended).toBe(0)
}

it('a person who stopped the output with Ctrl+S and returns from another window sees a hint', async () => {
  const count = 'i=0; while :; do i=$((i+1)); echo "n$i."; sleep 0.05; done'
  const first = open('--id', 'stopped', '-t', '--', 'sh', '-c', count)
  await first.shows('n5.')
  first.type('\x13')
  await new Promise((resolve) => setTimeout(resolve, 600))
  await detach(first)
  const second = open('--id', 'stopped')
  await second.shows('output is stopped (Ctrl+S), Ctrl+Q goes on')
  // Where a person looks, and not in the title of the window.
  expect(second.output).toContain('\x1b[7m[holdfast: output is stopped')
  second.type('\x11')
  await second.shows(/n\d+\.\r+\nn\d+\./)
  await detach(second)
  const third = open('--id', 'stopped')
  await third.shows(/n\d+\.\r+\nn\d+\./)
  expect(third.output).not.toContain('is stopped')
})

it('a return acts and asks nothing at the terminal, wherever it happens', async () => {
  const acts = [
    '\\033]52;c;QQ==\\007\\033]9;done\\007\\033]777;notify;a;b\\007\\007\\033[8;20;60t\\033[6n\\033[c',
    '\\033[?u\\033]11;?\\007\\033P$qm\\033\\\\\\033[?2026$p\\033[>0q',
  ].join('')
  const first = open('--id', 'acts', '-t', '--', 'sh', '-c', `printf '${acts}dr'; printf 'awn '; exec cat -v`)
  await first.shows('drawn')
  // Live, it acts.
  expect(first.output).toContain('\x1b]52;c;QQ==\x07')
  await detach(first)
  const second = open('--id', 'acts')
  await second.shows('drawn')
  await new Promise((resolve) => setTimeout(resolve, 300))
  const judge = new JudgeTerminal(90, 30)
  const answers: string[] = []
  judge.terminal.onData((data) => answers.push(data))
  await judge.write(second.output)
  expect(answers).toEqual([])
  expect(second.output).not.toMatch(/\x1b\](52|9|777);/)
})

it("the window's content from before a shell can be scrolled back to", async () => {
  const first = open('--id', 'room', '-t', '--', 'sh', '-c', "printf 'of the sh'; printf 'ell'; exec cat")
  await first.shows('of the shell')
  await detach(first)
  const second = open('--id', 'room')
  await second.shows('of the shell')
  const judge = new JudgeTerminal(90, 30)
  await judge.write('of the person\r\n')
  await judge.write(second.output)
  expect(judge.text).toContain('of the shell')
  expect(judge.text).not.toContain('of the person')
  const { active } = judge.terminal.buffer
  const above = Array.from({ length: active.baseY }, (_, row) => judge.line(row))
  expect(above.join('\n')).toContain('of the person')
})
