import { constants } from 'node:os'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CliTerminal } from './cli-terminal.ts'
import { CLI_MAIN, type GatewayProcess, startGateway } from './gateway-process.ts'
import { JudgeTerminal } from './support/judge-terminal.ts'

let gateway: GatewayProcess
let environment: NodeJS.ProcessEnv
const terminals: CliTerminal[] = []

beforeAll(async () => {
  gateway = await startGateway(['--port', '0', '--store', 'memory', '--token', 't', '--shell', '/bin/sh'])
  environment = { HOLDFAST_URL: gateway.url, HOLDFAST_TOKEN: 't' }
})
afterEach(() => {
  for (const terminal of terminals.splice(0)) terminal.kill()
})
afterAll(async () => {
  await gateway.stop('SIGTERM')
})

/** Everything that a terminal of today keeps, and what the judge does not know: kitty's keyboard, modifyOtherKeys. */
const SET = [
  '\\033[?1049h\\033[?1000;1002;1003;1006;1015h\\033[?1004h\\033[?2004h\\033[>7u\\033[>4;2m\\033[5 q\\033[?25l',
  '\\033[2;10r\\033(0\\033]8;;http://x/\\033\\\\\\033[4h\\033[?7l\\033[1;31m\\033]4;1;red\\007\\033]2;busy\\007\\033[?47h',
].join('')

function open(args: readonly string[], more: NodeJS.ProcessEnv = {}): CliTerminal {
  const terminal = new CliTerminal(['shell', ...args], { ...environment, ...more })
  terminals.push(terminal)
  return terminal
}

let opened = 0
/** An id that no other try of a test has: its shell may still run, and shows a picture then. */
const fresh = (name: string): string => `${name.replaceAll(/[^A-Za-z\d]/g, '')}-${++opened}`

/** A program that has set all of it, and waits. */
async function busy(id: string, more: NodeJS.ProcessEnv = {}, then = 'exec cat'): Promise<CliTerminal> {
  const shell = open(['--id', id, '-t', '--', 'sh', '-c', `printf '${SET}re'; printf 'ady '; ${then}`], more)
  await shell.shows('ready')
  return shell
}

/** The person's terminal is as a new one. */
async function isAsFound(shell: CliTerminal): Promise<void> {
  const judge = new JudgeTerminal(90, 30)
  const found = judge.state
  await judge.write(shell.output)
  expect(judge.state).toEqual(found)
  const end = shell.output.slice(shell.output.indexOf('ready'))
  for (const bytes of ['\x1b[<1u', '\x1b[>4m', '\x1b]104;1\x1b\\', '\x1b[23;0t', '\x1b[0 q'])
    expect(end).toContain(bytes)
}

/** Signals of which each ends a process, if it lets it (signal(7)). */
const DEADLY: readonly NodeJS.Signals[] = [
  ...(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGABRT', 'SIGALRM', 'SIGVTALRM', 'SIGUSR1', 'SIGUSR2'] as const),
  ...(['SIGTRAP', 'SIGXCPU', 'SIGIO', 'SIGPWR', 'SIGSTKFLT', 'SIGSYS'] as const),
]

type WayOut = (shell: CliTerminal, id: string) => unknown

const byKey: Readonly<Record<string, readonly [WayOut, number]>> = {
  'the detach key': [(shell) => shell.type('\x1dd'), 0],
  'the detach key as kitty sends it': [(shell) => shell.type('\x1b[93;5:1u\x1b[93;5:3u\x1b[100u'), 0],
  'the detach key as modifyOtherKeys sends it': [(shell) => shell.type('\x1b[27;5;93~d'), 0],
  'the kill key, confirmed': [
    async (shell) => {
      shell.type('\x1dk')
      await shell.shows('y kills it')
      shell.type('y')
    },
    0,
  ],
  ...Object.fromEntries(DEADLY.map((name) => [name, [(shell) => shell.signal(name), 128 + constants.signals[name]]])),
  'another client': [(_, id) => open(['--id', id]), 255],
  'the end of its program': [(shell) => shell.type('\x04'), 0],
  'a kill on the server': [
    (_, id) =>
      fetch(new URL(`/shells/${id}`, gateway.url), { method: 'DELETE', headers: { authorization: 'Bearer t' } }),
    129,
  ],
}

describe('the terminal is as it was found after', () => {
  it.each(Object.entries(byKey))('%s', async (name, [leave, code]) => {
    const id = fresh(name)
    const shell = await busy(id)
    await leave(shell, id)
    expect(await shell.ended).toBe(code)
    await isAsFound(shell)
  })

  it('an exception of the command itself', async () => {
    const crash = "process.on('SIGUSR2', () => { throw new Error('crashed') })"
    const shell = await busy(fresh('crashed'), {
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(crash)}`,
    })
    shell.signal('SIGUSR2')
    await shell.ended
    expect(shell.output).toContain('Error: crashed')
    await isAsFound(shell)
  })

  it('a gateway that came back and knows this client no more', async () => {
    const first = await startGateway(['--port', '0', '--store', 'memory', '--token', 't', '--shell', '/bin/sh'])
    const shell = await busy(fresh('lost'), { HOLDFAST_URL: first.url })
    await first.stop('SIGKILL')
    const port = new URL(first.url).port
    const second = await startGateway(['--port', port, '--store', 'memory', '--token', 'other', '--shell', '/bin/sh'])
    expect(await shell.ended).toBe(4)
    await isAsFound(shell)
    await second.stop('SIGTERM')
  })
})

it('a terminal takes lines again after a signal that comes before there is a shell', async () => {
  const nowhere = { HOLDFAST_URL: 'http://127.0.0.1:9', HOLDFAST_TOKEN: 't' }
  const cli = `echo pid=$$; exec "${process.execPath}" "${CLI_MAIN}" shell`
  const shell = new CliTerminal(['-c', `sh -c '${cli}'; echo "ended $?"; stty -a`], nowhere, undefined, ['/bin/bash'])
  terminals.push(shell)
  await shell.shows('not reachable')
  process.kill(Number(/pid=(\d+)/.exec(shell.output)?.[1]), 'SIGHUP')
  await shell.shows('ended 129')
  expect(await shell.shows(/-?iexten/)).toMatch(/ icanon/)
})

it('a terminal is as it was found while the command is suspended, and busy again after it', async () => {
  const shell = await busy(fresh('stopped'))
  shell.type('\x1dz')
  await shell.shows('\x1b[23;0t')
  await isAsFound(shell)
  await shell.stopped()
  shell.signal('SIGCONT')
  await shell.shows('\x1b[>7u')
  const judge = new JudgeTerminal(90, 30)
  await judge.write(shell.output)
  expect(judge.terminal.modes).toMatchObject({ mouseTrackingMode: 'any', insertMode: true, sendFocusMode: true })
  shell.type('\x1dd')
  expect(await shell.ended).toBe(0)
  await isAsFound(shell)
})

it('a program that goes down with a line feed alone stays in its column', async () => {
  const draw = "stty raw -echo; printf 'one\\ntwo\\nthree re'; printf 'ady'; exec cat"
  const shell = open(['--id', fresh('down'), '-t', '--', 'sh', '-c', draw])
  await shell.shows('ready')
  const judge = new JudgeTerminal(90, 30)
  await judge.write(shell.output)
  expect(judge.text).toBe('one\n   two\n      three ready')
})

it('a message after leaving a shell has a line of its own', async () => {
  const shell = open(['--id', fresh('within'), '-t', '--', 'sh', '-c', "printf 're'; printf 'ady '; exec cat"])
  await shell.shows('ready')
  shell.type('unfin\x1dd')
  expect(await shell.ended).toBe(0)
  const judge = new JudgeTerminal(90, 30)
  await judge.write(shell.output)
  expect(judge.text).toMatch(/^ready (unfin)?\s*\nDetached;/)
})

it('a paste that holds the detach key and k is pasted', async () => {
  const shell = open([
    '--id',
    fresh('pasted'),
    '-t',
    '--',
    'sh',
    '-c',
    "printf '\\033[?2004hre'; printf 'ady '; exec cat -v",
  ])
  await shell.shows('ready')
  shell.type('\x1b[200~one\x1dktwo\x1b[201~\r')
  await shell.shows('one^]ktwo')
  shell.type('\x1dk')
  await shell.shows('y kills it')
  shell.type('n')
  await shell.shows('goes on')
  shell.type('\x1dd')
  expect(await shell.ended).toBe(0)
})
