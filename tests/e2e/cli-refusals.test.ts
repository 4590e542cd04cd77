import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CLI_MAIN, type Ended, type GatewayProcess, run, startGateway } from './gateway-process.ts'

let gateway: GatewayProcess

beforeAll(async () => {
  const tokens = ['--token', 'secret=me:lead+control+observe+shell', '--token', 'eyes=you:observe']
  gateway = await startGateway(['--port', '0', '--store', 'memory', '--shell', '/bin/sh', ...tokens])
  await holdfast(['lead', '--session', 's-1', '--', 'true'])
})
afterAll(async () => {
  await gateway.stop('SIGTERM')
})

function holdfast(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const { child, ended } = run(CLI_MAIN, args, { HOLDFAST_URL: gateway.url, HOLDFAST_TOKEN: 'secret', ...more })
  child.stdin?.end()
  return ended
}

/** Every command that goes to a gateway. */
const COMMANDS: readonly (readonly string[])[] = [
  ['ls'],
  ['shell', 'ls'],
  ['shell', '-t', '--', 'true'],
  ['shell', '--', 'true'],
  ['session', 'show', 's-1'],
  ['observe', 's-1'],
  ['control', 's-1', 'stop'],
  ['lead', '--', 'true'],
  ['grant', 'ls'],
  ['share', 's-1'],
  ['track', 'list'],
]

describe.each(COMMANDS.map((command) => [command.join(' '), command] as const))('holdfast %s', (_name, command) => {
  it('says that the gateway wants a token, and how to give one, with exit code 4', async () => {
    const { code, stderr } = await holdfast(command, { HOLDFAST_TOKEN: '' })
    expect(stderr).toContain(`${gateway.url} wants a token. Set HOLDFAST_TOKEN, or try: holdfast login ${gateway.url}`)
    expect(code).toBe(4)
  })

  it('says that the gateway refused the token, with exit code 4', async () => {
    const { code, stderr } = await holdfast(command, { HOLDFAST_TOKEN: 'wrong' })
    expect([stderr, code]).toEqual([expect.stringContaining('refused the token'), 4])
  })
})

it.each([
  [['observe', 'nosuch'], 5, 'There is no such session. Try: holdfast ls'],
  [['control', 'nosuch', 'stop'], 5, 'There is no such session. Try: holdfast ls'],
  [['session', 'export', 'nosuch'], 5, 'There is no such session. Try: holdfast ls'],
  [['session', 'rm', 'nosuch'], 5, 'There is no such session. Try: holdfast ls'],
  [['shell', 'kill', 'nosuch'], 5, 'There is no such shell. Try: holdfast shell ls'],
  [['shell', '--id', 'typo', '--observe'], 5, 'Try: holdfast shell ls'],
  [['shell', '--id', 'x', '--', 'true'], 2, '--id is for a shell'],
  [['shell', '--observe', '--if-free', '--id', 'x'], 2, 'leave out --if-free'],
  [['shell', '--id', 'bad id !'], 2, '--id: expected'],
  [['shell', '--', '/no/such'], 127, '/no/such is not an executable program'],
  [['control', 's-1'], 2, 'Expected a command, or --answer.'],
])('the command %j ends with %i and says why', async (args, code, words) => {
  const ended = await holdfast(args)
  expect([ended.stderr, ended.code]).toEqual([expect.stringContaining(words), code])
})

it('a lead whose program is not there leaves no session behind', async () => {
  const sessions = async (): Promise<unknown> => {
    const { stdout } = await holdfast(['session', 'ls', '--all', '--json'])
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).sessionId)
  }
  const before = await sessions()
  expect(await holdfast(['lead', '--', '/no/such'])).toMatchObject({
    ...{ code: 127, stderr: 'holdfast: There is no program /no/such here. Nothing was started.\n' },
  })
  expect(await holdfast(['lead', '--', 'no-such-program'])).toMatchObject({ code: 127 })
  expect(await holdfast(['lead', '--', '/etc/passwd'])).toMatchObject({ code: 126 })
  expect(await sessions()).toEqual(before)
})

it('a name without a login is reported as such, with how an address is written', async () => {
  const { code, stderr } = await holdfast(['ls', '--url', 'nosuch'])
  expect([code, stderr]).toEqual([2, expect.stringContaining('--url: there is no login "nosuch".')])
  expect(stderr).toContain('An address is written http://nosuch.')
})

it('a session is put into the archive and taken out of it, and lists that are empty say what to do next', async () => {
  await holdfast(['lead', '--session', 'old', '--', 'true'])
  expect(await holdfast(['session', 'archive', 'old'])).toMatchObject({ code: 0, stdout: 'archived old\n' })
  const listed = async (args: readonly string[]): Promise<string> => (await holdfast(['session', 'ls', ...args])).stdout
  expect([await listed([]), await listed(['--all'])]).toEqual([
    expect.not.stringContaining('old '),
    expect.stringContaining('old '),
  ])
  const led = await holdfast(['lead', '--session', 'old', '--', 'true'])
  expect([led.code, led.stderr]).toEqual([4, expect.stringContaining('holdfast session unarchive old')])
  expect(await holdfast(['session', 'unarchive', 'old'])).toMatchObject({ code: 0, stdout: 'unarchived old\n' })
  expect(await listed([])).toContain('old ')
  expect(await holdfast(['session', 'archive', 'nosuch'])).toMatchObject({ code: 5 })
  const empty = [
    [['session', 'ls', '--search', 'zzz'], 'There are no such sessions'],
    [['shell', 'ls'], 'There are no shells'],
    [['grant', 'ls'], 'There are no grants'],
    [['share', 'ls'], 'You share nothing'],
  ] as const
  for (const [args, words] of empty) {
    expect(await holdfast(args)).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(new RegExp(`^${words}.*Try: holdfast `)),
    })
  }
  expect((await holdfast(['share', 'revoke', 'nosuch'])).stderr).toContain('Try: holdfast share ls')
  expect((await holdfast(['grant', 'revoke', 'nosuch'])).stderr).toContain('Try: holdfast grant ls')
})

it('watching a shell that is not there starts none', async () => {
  await holdfast(['shell', '--id', 'typo', '--observe'])
  expect((await holdfast(['shell', 'ls', '--json'])).stdout).toBe('')
})

it('a request to a session without a lead says so at once, waits for one, and is answered by it', async () => {
  const { child, ended } = run(CLI_MAIN, ['control', 's-1', 'steer', 'hello'], {
    HOLDFAST_URL: gateway.url,
    HOLDFAST_TOKEN: 'secret',
  })
  await new Promise<void>((resolve) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('No lead is in s-1; waiting 30 s for one.')) resolve()
    })
  })
  const lead = await holdfast(['lead', '--session', 's-1', '--', 'head', '-n', '1'])
  expect(lead.stdout).toBe('hello\n')
  expect((await ended).code).toBe(0)
})

describe('a gateway that is not there', () => {
  it('is reported within seconds, with the reason, also in a pipe', async () => {
    const { child, ended } = run(CLI_MAIN, ['observe', 's-1'], { HOLDFAST_URL: 'http://127.0.0.1:9' })
    const said = await new Promise<string>((resolve) => {
      child.stderr?.on('data', (chunk: Buffer) => resolve(chunk.toString()))
    })
    child.kill('SIGINT')
    expect(said).toMatch(/^holdfast: http:\/\/127\.0\.0\.1:9 is not reachable, trying again\. .*nothing listens/)
    const { code, stdout, stderr } = await ended
    expect([code, stdout, stderr]).toEqual([130, '', said])
  })

  it('and takes connections in silence, is reported before the time limit ends', async () => {
    const mute = createServer(() => {})
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    const address = mute.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { child, ended } = run(CLI_MAIN, ['shell', '--', 'true'], { HOLDFAST_URL: `http://127.0.0.1:${port}` })
    const said = await new Promise<string>((resolve) => {
      child.stderr?.on('data', (chunk: Buffer) => resolve(chunk.toString()))
    })
    child.kill('SIGKILL')
    await ended
    mute.close()
    expect(said).toContain('has not answered yet; waiting')
  })
})
