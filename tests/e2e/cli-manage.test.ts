import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CliTerminal } from './cli-terminal.ts'
import { CLI_MAIN, type Ended, type GatewayProcess, run, startGateway } from './gateway-process.ts'

let gateway: GatewayProcess
let settings: string
const terminals: CliTerminal[] = []

beforeAll(async () => {
  settings = mkdtempSync(join(tmpdir(), 'holdfast-cli-manage-'))
  const tokens = ['--token', 'secret=me:lead+control+observe+shell', '--token', 'eyes=you:observe']
  gateway = await startGateway(['--port', '0', '--store', 'memory', '--shell', '/bin/sh', ...tokens])
})
afterAll(async () => {
  for (const terminal of terminals) terminal.kill()
  await gateway.stop('SIGTERM')
  rmSync(settings, { recursive: true, force: true })
})

/** Runs the command with the settings of this test's user, and this on its standard input. */
function holdfast(args: readonly string[], input = '', more: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const { child, ended } = run(CLI_MAIN, args, { XDG_CONFIG_HOME: settings, ...more })
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  return ended
}

function terminal(...args: readonly string[]): CliTerminal {
  const made = new CliTerminal(args, { XDG_CONFIG_HOME: settings })
  terminals.push(made)
  return made
}

/** Every line as JSON. */
async function listed(...args: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { stdout, stderr, code } = await holdfast([...args, '--json'])
  expect([stderr, code]).toEqual(['', 0])
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

describe('holdfast login', () => {
  it('asks for the token without showing it, tries it, and remembers it for this user alone', async () => {
    const login = terminal('login', gateway.url, '--name', 'work')
    await login.shows('not shown')
    login.type('secreX\x7ft\r')
    await login.shows('Logged in')
    expect(await login.ended).toBe(0)
    expect(login.output).not.toContain('secre')
    expect(readFileSync(join(settings, 'holdfast/contexts.json'), 'utf8')).toContain('"secret"')
    expect((await holdfast(['ls'])).code).toBe(0)
  })

  it('takes the token from a pipe, or the link of the gateway, and names several gateways', async () => {
    expect(await holdfast(['login', gateway.url, '--name', 'piped'], 'eyes\n')).toMatchObject({ code: 0 })
    expect(await holdfast(['login', `${gateway.url}/#token=secret`, '--name', 'work'])).toMatchObject({ code: 0 })
    const { stdout } = await holdfast(['login', 'ls'])
    expect(stdout).toBe(`   piped  ${gateway.url}\n*  work   ${gateway.url}\n`)
    expect(await listed('login', 'ls')).toEqual([
      { name: 'piped', url: gateway.url, current: false },
      { name: 'work', url: gateway.url, current: true },
    ])
    // The token of the one that is named, whatever the environment has.
    const { code, stderr } = await holdfast(['session', 'rm', 'x', '-y', '--url', 'piped'], '', {
      HOLDFAST_TOKEN: 'secret',
    })
    expect([code, stderr]).toEqual([4, expect.stringContaining('holdfast:')])
    expect((await holdfast(['login', 'rm', 'piped'])).code).toBe(0)
  })

  it('keeps nothing of a token that is refused, and says so with the code of refusals', async () => {
    const refused = await holdfast(['login', gateway.url, '--name', 'wrong'], 'nonsense\n')
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('refused the token') })
    const away = await holdfast(['login', 'http://127.0.0.1:9', '--name', 'wrong'], 'x\n')
    expect(away).toMatchObject({ code: 7, stderr: expect.stringContaining('could not be reached') })
    expect(await holdfast(['login', 'use', 'wrong'])).toMatchObject({ code: 5 })
  })

  it('gives a kept token to no other address', async () => {
    const other = await startGateway(['--port', '0', '--store', 'memory', '--shell', 'none', '--token', 'secret'])
    try {
      const { code, stderr } = await holdfast(['ls', '--url', other.url])
      expect([code, stderr]).toEqual([4, expect.stringContaining('wants a token')])
    } finally {
      await other.stop('SIGTERM')
    }
  })
})

describe('what is there', () => {
  beforeAll(async () => {
    expect(await holdfast(['login', gateway.url, '--name', 'work'], 'secret\n')).toMatchObject({ code: 0 })
  })

  it('is listed, shown, exported and deleted: sessions', async () => {
    await holdfast(['lead', '--session', 's-1', '--label', 'Nightly', '--', 'echo', 'hello'])
    expect(await listed('session', 'ls')).toMatchObject([{ sessionId: 's-1', label: 'Nightly' }])
    expect((await holdfast(['session', 'show', 's-1'])).stdout).toContain('Nightly')
    const file = join(settings, 's-1.json')
    expect((await holdfast(['session', 'export', 's-1', file])).code).toBe(0)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ sessionId: 's-1' })
    expect((await holdfast(['session', 'export', 's-1', '--text'])).stdout).toContain('hello')
    expect(await holdfast(['session', 'export', 's-1', file])).toMatchObject({ code: 2 })
    expect(await holdfast(['session', 'rm', 's-1'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--yes'),
    })
    expect((await holdfast(['session', 'rm', 's-1', '--yes'])).stdout).toBe('deleted s-1\n')
    expect(await holdfast(['session', 'show', 's-1'])).toMatchObject({
      code: 5,
      stderr: 'holdfast: There is no such session. Try: holdfast ls\n',
    })
  })

  it('is listed, named and ended: shells', async () => {
    const shell = terminal('shell', '--id', 'build')
    await shell.shows(/[$#] /)
    expect(await listed('shell', 'ls')).toMatchObject([{ shellId: 'build', running: true }])
    expect((await holdfast(['shell', 'rename', 'build', 'the', 'build'])).code).toBe(0)
    expect(await listed('ls')).toMatchObject([{ kind: 'shell', name: 'the build' }])
    expect((await holdfast(['shell', 'ls'])).stdout).toMatch(/^build {2}running {2}1 here .* the build\n$/)
    const killing = terminal('shell', 'kill', 'build')
    await killing.shows('[y/N]')
    killing.type('y\r')
    await killing.shows('ended build')
    expect(await shell.ended).not.toBe(0)
    expect(await holdfast(['shell', 'kill', 'build', '-y'])).toMatchObject({
      code: 5,
      stderr: 'holdfast: There is no such shell. Try: holdfast shell ls\n',
    })
  })

  it('is no word of a program: what comes after -- is run', async () => {
    const { stdout, code } = await holdfast(['shell', '--', 'ls', '-d', '/'])
    expect([stdout, code]).toEqual(['/\n', 0])
  })

  it('is said where there is nothing', async () => {
    const { stdout, stderr } = await holdfast(['session', 'ls', '--search', 'nothing has this'])
    expect([stdout, stderr]).toEqual(['', expect.stringContaining('Try: holdfast lead')])
  })
})

it('`serve` prints a link with the token in its fragment, and two commands that work', async () => {
  const { child, ended } = run(CLI_MAIN, ['serve', '--port', '0', '--store', 'memory', '--shell', '/bin/sh'])
  let said = ''
  const link = await new Promise<string>((resolve) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const [, found] = /Open: +(http:\S+#token=\S+)\n/.exec(said) ?? []
      if (found !== undefined && said.includes('holdfast shell ')) resolve(found)
    })
  })
  try {
    expect(said).toContain(`holdfast login '${link}'`)
    expect((await holdfast(['login', link, '--name', 'served'])).code).toBe(0)
    expect((await holdfast(['shell', '--url', 'served', '--', 'echo', 'works'])).stdout).toBe('works\n')
  } finally {
    child.kill('SIGTERM')
    await ended
  }
})
