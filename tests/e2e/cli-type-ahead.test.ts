import { type ChaosProxy, startChaosProxy } from '@holdfast/chaos-proxy'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CliTerminal } from './cli-terminal.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { JudgeTerminal } from './support/judge-terminal.ts'

/** Each way. */
const DELAY_MS = 150
const GREY = '\x1b[0;90m'

let gateway: GatewayProcess
let proxy: ChaosProxy
const terminals: CliTerminal[] = []

beforeAll(async () => {
  gateway = await startGateway(['--port', '0', '--store', 'memory', '--token', 't', '--shell', '/bin/sh'])
})
beforeEach(async () => {
  proxy = await startChaosProxy({ target: { host: '127.0.0.1', port: gateway.port }, delayMs: DELAY_MS })
})
afterEach(async () => {
  for (const terminal of terminals.splice(0)) terminal.kill()
  await proxy.close()
})
afterAll(async () => {
  await gateway.stop('SIGTERM')
})

function open(...args: readonly string[]): CliTerminal {
  const terminal = new CliTerminal(['shell', ...args], {
    HOLDFAST_URL: `http://${proxy.address}`,
    HOLDFAST_TOKEN: 't',
  })
  terminals.push(terminal)
  return terminal
}

/** A line that is read and shown again, at the prompt "go> ". */
const ASK = 'while IFS= read -r line; do printf "got <%s>\\r\\ngo> " "$line"; done'

/** At a prompt where an echo was seen. */
async function asked(...args: readonly string[]): Promise<CliTerminal> {
  const shell = open(...args, '-t', '--', 'sh', '-c', `printf 'go> '; ${ASK}`)
  await shell.shows('go> ')
  shell.type('w')
  await shell.shows('w')
  shell.type('\r')
  await shell.shows('got <w>')
  await shell.shows('go> ')
  return shell
}

/** How long until something is shown that was not there. */
async function timed(shell: CliTerminal, type: string, shown: string | RegExp): Promise<number> {
  const begin = performance.now()
  shell.type(type)
  await shell.shows(shown)
  return performance.now() - begin
}

async function screenOf(shell: CliTerminal): Promise<JudgeTerminal> {
  const judge = new JudgeTerminal(90, 30)
  await judge.write(shell.output)
  return judge
}

describe('over a slow connection', () => {
  it('what is typed stands there before its echo can have come, and stays', async () => {
    const shell = await asked()
    const early = await timed(shell, 'a', `${GREY}a`)
    expect(early).toBeLessThan(2 * DELAY_MS)
    for (const key of 'bcd') shell.type(key)
    shell.type('\x7f')
    await shell.shows(/\x1b\[0;90m[abc]*d/)
    shell.type('\r')
    await shell.shows('got <abc>')
    await shell.shows('go> ')
    const judge = await screenOf(shell)
    expect(judge.text.split(/ *\n/).slice(-3)).toEqual(['go> abc', 'got <abc>', 'go>'])
    expect(judge.looks.filter((look) => look.includes(' 8 '))).toEqual([])
  })

  it('a password is never shown, whatever was typed before', async () => {
    const shell = open('-t', '--', 'sh', '-c', `printf 'go> '; read -r x; printf 'Password: '; stty -echo; ${ASK}`)
    await shell.shows('go> ')
    shell.type('y')
    await shell.shows('y')
    shell.type('\r')
    await shell.shows('Password: ')
    for (const key of 'hunter') shell.type(key)
    shell.type('\r')
    await shell.shows('got <hunter>')
    expect(shell.output.slice(shell.output.indexOf('Password'), shell.output.indexOf('got'))).not.toMatch(/[hunter]m?$/)
    expect(shell.output).not.toMatch(/\x1b\[0;90m[hunter]/)
  })

  it('nothing is shown early with --predict never', async () => {
    const shell = await asked('--predict', 'never')
    expect(await timed(shell, 'a', 'a')).toBeGreaterThan(1.9 * DELAY_MS)
    shell.type('\r')
    await shell.shows('got <a>')
    expect(shell.output).not.toContain(GREY)
  })
})

it('typed text is shown in grey while disconnected, until the program confirms it', async () => {
  const shell = await asked()
  proxy.refuse(true)
  proxy.cut()
  await shell.shows('is not reachable')
  shell.type('hello')
  await shell.shows(`${GREY}hello`)
  shell.type('\rworld')
  await shell.shows('\u23ce')
  await shell.shows(/\d+ bytes kept/)
  const away = await screenOf(shell)
  expect(away.text).toContain('go> hello\u23ce')
  expect(away.text).not.toContain('world')
  proxy.heal()
  await shell.shows('got <hello>')
  shell.type('\r')
  await shell.shows('got <world>')
  const judge = await screenOf(shell)
  // Where the second line was echoed depends on whether the program had read the first one.
  expect(judge.text.replaceAll(/world(?!>)/g, '')).toMatch(/go> hello *\n(go> )?got <hello>\ngo> *\n(go> )?got <world>/)
  expect(judge.text).not.toContain('\u23ce')
  expect(judge.looks.filter((look) => look.includes(' 8 '))).toEqual([])
})
