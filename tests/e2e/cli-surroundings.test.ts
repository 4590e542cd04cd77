import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CliTerminal } from './cli-terminal.ts'
import { CLI_MAIN, type Ended, type GatewayProcess, run, startGateway } from './gateway-process.ts'

let gateway: GatewayProcess
let environment: NodeJS.ProcessEnv
let folder: string
/** A shell that says how it was started, and is one for a line. */
let shell: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-surroundings-'))
  shell = join(folder, 'shell.sh')
  writeFileSync(shell, '#!/bin/sh\necho "started with <$*>"\nread line; eval "$line"\n', { mode: 0o755 })
  gateway = await startGateway(['--port', '0', '--store', 'memory', '--token', 't', '--shell', shell])
  environment = { HOLDFAST_URL: gateway.url, HOLDFAST_TOKEN: 't' }
})
afterAll(async () => {
  await gateway.stop('SIGTERM')
  rmSync(folder, { recursive: true })
})

function piped(...args: readonly string[]): Promise<Ended> {
  const { child, ended } = run(CLI_MAIN, ['shell', ...args], { ...environment, LANG: 'C', TZ: 'Asia/Tokyo', TERM: 'x' })
  child.stdin?.end()
  return ended
}

it('terminal, language and time zone of the person arrive in the shell', async () => {
  const here = { TERM: 'vt220', COLORTERM: 'truecolor', LANG: 'C.UTF-8', LC_TIME: 'POSIX', TZ: 'Asia/Tokyo' }
  const terminal = new CliTerminal(['shell'], { ...environment, ...here })
  terminal.type('echo "<$TERM,$COLORTERM,$LC_TIME,$TZ>"; exit 0\r')
  await terminal.shows('<vt220,truecolor,POSIX,Asia/Tokyo>')
  expect(await terminal.ended).toBe(0)
})

it('a command in pipes has language and time zone, and no terminal', async () => {
  const { stdout } = await piped('--', 'sh', '-c', 'echo "$LANG $TZ $TERM"')
  expect(stdout).toBe('C Asia/Tokyo xterm-256color\n')
})

it('a folder and variables can be had', async () => {
  const { stdout } = await piped(
    '--cwd',
    '/usr',
    '-e',
    'GREETING=a=b',
    '--env',
    'TZ=UTC',
    '--',
    'sh',
    '-c',
    'pwd; echo $GREETING $TZ',
  )
  expect(stdout).toBe('/usr\na=b UTC\n')
})

it.each([
  ['without a word', () => [], ''],
  ['with --login', () => ['--login'], '-l'],
  ['with arguments of its own', () => ['--shell', `${shell} -l 'a b'`], '-l a b'],
])('a login shell is what was asked for: %s', async (_name, args, started) => {
  const terminal = new CliTerminal(['shell', ...args()], environment)
  await terminal.shows(`started with <${started}>`)
  terminal.type('exit 7\r')
  expect(await terminal.ended).toBe(7)
})

it("a refusal of the server is shown in the server's words", async () => {
  const refused = await piped('--env', 'LD_PRELOAD=x.so', '--', 'true')
  expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('"LD_PRELOAD" may not be set')])
  const missing = await piped('--', 'nosuchcommand')
  expect([missing.code, missing.stderr]).toEqual([127, expect.stringContaining('nosuchcommand')])
})
