import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { CliTerminal } from './cli-terminal.ts'
import {
  AGENT_FILE,
  CLI_MAIN,
  type Ended,
  type GatewayProcess,
  type Running,
  run,
  startGateway,
} from './gateway-process.ts'
import { endShellHost } from './support/shell-host.ts'

let folder = ''
let gateway: GatewayProcess
const terminals: CliTerminal[] = []

async function start(port: number): Promise<GatewayProcess> {
  return startGateway([
    ...['--port', String(port), '--data', join(folder, 'data'), '--token', 't', '--shell', 'none'],
    ...['--agent', `scripted=${process.execPath} ${AGENT_FILE}`, '--agent-folder', folder],
    ...['--agent-env', `AGENT_JOURNAL=${join(folder, 'journal')}`],
  ])
}

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-cli-agent-')))
  gateway = await start(0)
})

afterEach(async () => {
  for (const terminal of terminals.splice(0)) terminal.kill()
  await gateway.stop('SIGKILL')
  await endShellHost(join(folder, 'data'), 'agent-host')
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

async function killed(): Promise<void> {
  await gateway.stop('SIGKILL')
  gateway = await start(gateway.port)
}

function environment(): NodeJS.ProcessEnv {
  return { HOLDFAST_URL: gateway.url, HOLDFAST_TOKEN: 't' }
}

function agent(...words: string[]): Running {
  return run(CLI_MAIN, ['agent', ...words], environment())
}

/** With nothing on standard input. */
function alone(...words: string[]): Promise<Ended> {
  const { child, ended } = agent(...words)
  child.stdin?.end()
  return ended
}

function terminal(...words: string[]): CliTerminal {
  const made = new CliTerminal(['agent', ...words], environment())
  terminals.push(made)
  return made
}

async function detached(prompt: string): Promise<string> {
  const { code, stdout, stderr } = await alone('run', 'scripted', prompt, '--detach')
  expect(code, stderr).toBe(0)
  expect(stderr).not.toContain('asks')
  return stdout.trim()
}

const numbersTo = (last: number): string => Array.from({ length: last }, (_, at) => `${at + 1} `).join('')

it('holdfast agent prompts an agent and shows what it says, each word once, over kills of the gateway', async () => {
  const { child, ended } = agent('run', 'scripted', 'think hm\nchunks 1 400 5\ntool t1\nplan one\nsay end')
  child.stdin?.end()
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  await expect.poll(() => said.length, { timeout: 30_000 }).toBeGreaterThan(100)
  await killed()
  await expect.poll(() => said.includes(' 200 '), { timeout: 30_000 }).toBe(true)
  await killed()
  const { code, stdout, stderr } = await ended
  expect(code).toBe(0)
  expect(stdout).toBe(`${numbersTo(400)}\nend\n`)
  for (const aside of ['hm', '· Run t1', '✓ Run t1', '☐ one']) expect(stderr).toContain(aside)
  expect(stderr).not.toMatch(/\n\s+at /)
})

it('holdfast agent takes the prompt from standard input, and the answer to a question from a line of it', async () => {
  const piped = agent('run', 'scripted')
  piped.child.stdin?.end('say piped\n')
  expect(await piped.ended).toMatchObject({ code: 0, stdout: 'piped\n' })
  const asked = agent('run', 'scripted', 'ask q')
  asked.child.stdin?.end('what\n1\n')
  const { code, stdout, stderr } = await asked.ended
  expect([code, stdout]).toEqual([0, '[q: yes]\n'])
  expect(stderr).toContain('May I q?\n{"command":"run q"}\n  1) Allow\n  2) Reject')
  expect(stderr).toContain('Expected a number from 1 to 2, y or n.')
})

it('holdfast agent leaves an agent at work, lists waiting ones, and attaches again to answer, over a kill of the gateway', async () => {
  const session = await detached('say before\nplan mend\nask q\nsay after')
  await expect
    .poll(async () => JSON.parse((await alone('ls', '--json')).stdout), { timeout: 30_000 })
    .toMatchObject({ sessionId: session, waitingQuestions: 1 })
  await killed()
  const listed = await alone('ls')
  expect(listed.stdout).toMatch(new RegExp(`^${session}  scripted  1 question waiting  .*${folder}\n$`))
  const person = terminal('attach', session)
  await person.shows('☐ mend')
  await person.shows('May I q?')
  person.type('y\r')
  await person.shows('[q: yes]after')
  person.type('\u0003')
  expect(await person.ended).toBe(0)
})

it('holdfast agent shows a question below what was before it', async () => {
  const tools = Array.from({ length: 9 }, (_, at) => `t${at + 1}`)
  const session = await detached([...tools.map((name) => `tool ${name}`), 'plan mend', 'ask q'].join('\n'))
  await expect
    .poll(async () => JSON.parse((await alone('ls', '--json')).stdout), { timeout: 30_000 })
    .toMatchObject({ waitingQuestions: 1 })
  const person = terminal('attach', session)
  await person.shows('2) Reject')
  for (const name of tools) expect(person.output).toContain(`Run ${name}`)
  expect(person.output).toContain('☐ mend')
})

it.each(['say before\nask q\nsay after', 'say before\nsleep 2000\nsay after'])(
  'a session is prompted on after a kill of the gateway in its first turn: %j',
  async (first) => {
    const session = await detached(first)
    await expect
      .poll(async () => JSON.parse((await alone('ls', '--json')).stdout), { timeout: 30_000 })
      .toMatchObject(first.includes('ask') ? { waitingQuestions: 1 } : { sessionId: session })
    await killed()
    const { child, ended } = agent('attach', session, 'say again')
    child.stdin?.end(first.includes('ask') ? 'y\n' : '')
    expect(await ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/again\n$/) })
  },
)

it('holdfast agent answers a question where another one already waits with it: there it is over', async () => {
  const session = await detached('ask q\nsay after')
  const [one, other] = [terminal('attach', session), terminal('attach', session)]
  await Promise.all([one.shows('2) Reject'), other.shows('2) Reject')])
  one.type('2\r')
  await other.shows('answered elsewhere')
  await Promise.all([one.shows('[q: no]after'), other.shows('[q: no]after')])
})

it('holdfast agent cancels a turn, from another terminal and with Ctrl+C', async () => {
  const running = agent('run', 'scripted', 'say begun\nsleep 60000')
  running.child.stdin?.end()
  let said = ''
  running.child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  await expect.poll(() => said, { timeout: 30_000 }).toContain('begun')
  const { sessionId } = JSON.parse((await alone('ls', '--json')).stdout)
  expect((await alone('cancel', sessionId)).code).toBe(0)
  const { code, stderr } = await running.ended
  expect(code).toBe(130)
  expect(stderr).toContain('The turn ended: cancelled.')
  const person = terminal('attach', sessionId, 'say again\nsleep 60000')
  await person.shows('again')
  person.type('\u0003')
  await person.shows('cancelling')
  expect(await person.ended).toBe(130)
  expect(readFileSync(join(folder, 'journal'), 'utf8').match(/"session\/cancel"/g)).toHaveLength(2)
})

it('holdfast agent reopens a session that no agent leads any more, and prompts it', async () => {
  expect((await alone('run', 'scripted', 'say one')).code).toBe(0)
  const { sessionId: session } = JSON.parse((await alone('ls', '--json')).stdout)
  await gateway.stop('SIGTERM')
  await endShellHost(join(folder, 'data'), 'agent-host')
  gateway = await start(gateway.port)
  const { code, stdout } = await alone('attach', session, 'say two')
  expect([code, stdout]).toEqual([0, 'two\n'])
})

it('holdfast agent says in one sentence what it cannot do, with the exit code of its kind', async () => {
  const unknown = await alone('run', 'nobody', 'say x')
  expect(unknown).toMatchObject({ code: 5, stdout: '' })
  expect(unknown.stderr).toContain('There is no agent nobody: scripted.')
  const folderless = await alone('run', 'scripted', 'say x', '--cwd', '/')
  expect(folderless.code).toBe(4)
  expect(folderless.stderr).toContain('is in no folder that the operator allows')
  expect((await alone('attach', 'nothing')).code).toBe(5)
  expect((await alone('run', 'scripted')).code).toBe(2)
  const failed = await alone('run', 'scripted', 'sleep 100\ndie 3')
  expect(failed.code).toBe(1)
  expect(failed.stderr).toContain('The agent scripted failed: exited 3')
  for (const { stderr } of [unknown, folderless, failed]) expect(stderr).not.toMatch(/\n\s+at /)
})

it('holdfast agent names the agents of a gateway where none has a session', async () => {
  const { code, stdout, stderr } = await alone('ls')
  expect([code, stdout]).toEqual([0, ''])
  expect(stderr).toMatch(/No agent has a session on .*Its agents: scripted. Try: .*agent run scripted/)
})
