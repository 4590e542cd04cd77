import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CliTerminal } from './cli-terminal.ts'
import { CLI_MAIN, type Ended, type GatewayProcess, run, startGateway } from './gateway-process.ts'
import { endShellHost } from './support/shell-host.ts'

const SHELL = fileURLToPath(new URL('support/plain-bash.sh', import.meta.url))
let folder: string
let gateway: GatewayProcess
let environment: NodeJS.ProcessEnv
const terminals: CliTerminal[] = []

async function start(): Promise<void> {
  gateway = await startGateway([
    '--port',
    '0',
    '--data',
    folder,
    '--token',
    't',
    '--token',
    'x=bob:shell',
    '--shell',
    SHELL,
  ])
  environment = { HOLDFAST_URL: gateway.url, HOLDFAST_TOKEN: 't', XDG_CONFIG_HOME: folder }
}
async function begin(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-recorded-'))
  await start()
}
async function end(): Promise<void> {
  for (const terminal of terminals.splice(0)) terminal.kill()
  await gateway.stop('SIGKILL')
  await endShellHost(folder)
  rmSync(folder, { recursive: true, force: true })
}

function terminal(...args: readonly string[]): CliTerminal {
  const made = new CliTerminal(args, environment)
  terminals.push(made)
  return made
}

function piped(args: readonly string[], token = 't'): Promise<Ended> {
  const { child, ended } = run(CLI_MAIN, args, { ...environment, HOLDFAST_TOKEN: token })
  child.stdin?.end()
  return ended
}

describe('on a gateway of its own', () => {
  beforeEach(begin)
  afterEach(end)

  it('a shell is recorded across a gateway that is killed, and played as text and in a terminal', async () => {
    const shell = terminal('shell', '--id', 'fix', '--record', '--name', 'The fix')
    await shell.shows(/[$#] /)
    shell.type('stty -echo; echo be""fore\r')
    await shell.shows('before')
    await gateway.stop('SIGKILL')
    shell.kill()
    await start()
    const again = terminal('shell', '--id', 'fix')
    again.type('printf "\\033[32maf""ter\\033[0m\\n"; exit\r')
    await again.shows('after')
    await expect.poll(async () => (await piped(['play', 'fix', '--text'])).stdout).toContain('after\n')
    const { code, stdout } = await piped(['play', 'The fix'])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/before\n[\s\S]*after\n/)])
    expect(stdout).not.toContain('\u001B')
    const listed = await piped(['play', '--list'])
    expect(listed.stdout).toContain('The fix')
    expect((await piped(['play', '--list'], 'x')).stdout).toBe('')
    expect((await piped(['play', 'fix'], 'x')).code).toBe(5)
    const shown = terminal('play', 'fix', '--idle-limit', '0.01')
    await shown.shows('after')
    expect(await shown.ended).toBe(0)
  })

  it('a file is played at the speed that is asked for, and pauses are cut', async () => {
    const file = join(folder, 'demo.cast')
    const events = [
      '[0.1,"o","one "]',
      '[3600,"o","two "]',
      '[0.2,"o","three \\u001b]52;c;aGk=\\u0007\\u001b[c"]',
      '[0,"x","0"]',
    ]
    writeFileSync(file, ['{"version":3,"term":{"cols":80,"rows":24}}', ...events, '[9,"o","cu'].join('\n'))
    const began = performance.now()
    const shown = terminal('play', file, '--speed', '2', '--idle-limit', '1')
    await shown.shows('three')
    expect(await shown.ended).toBe(0)
    expect(performance.now() - began).toBeGreaterThan(500)
    // No clipboard is written and no question is asked again.
    expect(shown.output).not.toContain('52;c')
    expect(shown.output).not.toContain('\u001B[c')
    const stopped = terminal('play', file, '--idle-limit', '0')
    await stopped.shows('one')
    stopped.type('q')
    expect(await stopped.ended).toBe(0)
  })
})

describe('what cannot be', () => {
  beforeAll(begin)
  afterAll(end)

  it.each([
    [['play'], 2],
    [['play', 'nothing-of-that-name'], 5],
    [['play', CLI_MAIN], 1],
    [['play', 'x', '--speed', 'fast'], 2],
    [['shell', '--record', '--', 'true'], 2],
  ])('the command %j exits %i, in a sentence', async (args, code) => {
    const ended = await piped(args)
    expect([ended.code, ended.stdout]).toEqual([code, ''])
    expect(ended.stderr).not.toMatch(/\n\s+at |Error:/)
    expect(readdirSync(folder)).not.toContain('recordings')
  })
})
