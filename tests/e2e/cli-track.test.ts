import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CLI_MAIN, type Ended, type GatewayProcess, type Running, run, startGateway } from './gateway-process.ts'

let gateway: GatewayProcess
let environment: NodeJS.ProcessEnv
const running: ChildProcess[] = []

beforeAll(async () => {
  const tokens = ['w=worker', 'p=person', 'eyes=me:observe'].flatMap((token) => ['--token', token])
  gateway = await startGateway(['--port', '0', '--store', 'memory', '--shell', 'none', ...tokens])
  environment = { HOLDFAST_URL: gateway.url, HOLDFAST_TOKEN: 'p' }
})
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})
afterAll(async () => {
  await gateway.stop('SIGTERM')
})

function start(args: readonly string[], more: NodeJS.ProcessEnv = {}): Running {
  const started = run(CLI_MAIN, args, { ...environment, ...more })
  running.push(started.child)
  return started
}

/** Runs to the end, with this on standard input. */
function track(args: readonly string[], input = '', more: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const { child, ended } = start(['track', ...args], more)
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  return ended
}

/** An agent that says what happens as JSON. */
class Agent {
  readonly ended: Promise<Ended>
  readonly seen: Readonly<Record<string, unknown>>[] = []
  readonly #child: ChildProcess
  #wake = (): void => {}

  constructor(args: readonly string[], more: NodeJS.ProcessEnv = { HOLDFAST_TOKEN: 'w' }) {
    const { child, ended } = start(['track', 'run', '--json', ...args], more)
    this.#child = child
    this.ended = ended
    let rest = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.seen.push(JSON.parse(line))
      this.#wake()
    })
  }

  /** Waits until something with these members has been said. */
  async says(part: Readonly<Record<string, unknown>>): Promise<void> {
    const fits = (one: Readonly<Record<string, unknown>>): boolean =>
      Object.entries(part).every(([name, value]) => one[name] === value)
    await this.#until(() => this.seen.some(fits))
  }

  /** Waits for output of a task. */
  async prints(id: string, pattern: RegExp): Promise<RegExpExecArray> {
    await this.#until(() => pattern.test(this.text(id)))
    return pattern.exec(this.text(id)) ?? expect.fail('matched before')
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  text(id: string): string {
    return this.seen
      .filter((one) => one['event'] === 'output' && one['id'] === id)
      .map(({ text }) => text)
      .join('')
  }

  async interrupt(): Promise<Ended> {
    this.#child.kill('SIGINT')
    return this.ended
  }
}

async function add(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await track(['add', '--assignee', 'worker', ...args])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.trim()
}

/** What is told of a machine that is busy with the other tests. */
const SLOW = /^holdfast: \S+ (has not answered yet; waiting\..*|has answered\.)\n/gm

describe('an agent', () => {
  it('runs the command for each of its tasks, streams what it says and comments the result', async () => {
    const agent = new Agent(['--', 'sh', '-c', 'cat; echo "<$TASK_TITLE|$TASK_ID>"; echo oops >&2; exit 3'])
    await agent.says({ event: 'attached' })
    const first = await add('tidy $(up) "it"', '--description', 'with care')
    await agent.says({ event: 'done', id: first, code: 3 })
    const said = `tidy $(up) "it"\n\nwith care\n<tidy $(up) "it"|${first}>\n`
    expect(agent.text(first).replace('oops\n', '')).toBe(said)
    const second = await add('another')
    await agent.says({ event: 'done', id: second, code: 3 })
    const shown = await track(['show', first, '--json'])
    const { status, comments } = JSON.parse(shown.stdout)
    expect(status).toBe('failed')
    expect(comments).toHaveLength(1)
    expect(comments[0]).toMatchObject({ author: 'worker', content: expect.stringMatching(/^exit 3\n/) })
    expect(comments[0].content).toContain('oops')
    // The task is a session too: whoever follows it saw it come.
    const watching = start(['observe', `task-${first}`])
    let watched = ''
    await new Promise<void>((resolve) => {
      watching.child.stdout?.on('data', (chunk: Buffer) => {
        watched += chunk.toString()
        if (watched.includes('with care') && watched.includes('exit 3')) resolve()
      })
    })
    watching.child.kill('SIGINT')
    await watching.ended
    const ended = await agent.interrupt()
    expect({ code: ended.code, stderr: ended.stderr.replaceAll(SLOW, '') }).toEqual({ code: 130, stderr: '' })
  })

  it('leaves an interrupted task to its next start, and stops what it ran', async () => {
    const agent = new Agent(['--', 'sh', '-c', 'echo at work; echo $$; exec sleep 1000'])
    await agent.says({ event: 'attached' })
    const id = await add('long')
    await agent.says({ event: 'task', id })
    const [, pid] = await agent.prints(id, /(\d+)\n/)
    expect((await agent.interrupt()).code).toBe(130)
    expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH')
    const next = new Agent(['--', 'sh', '-c', 'echo done'])
    await next.says({ event: 'done', id, code: 0 })
    expect(JSON.parse((await track(['show', id, '--json'])).stdout)).toMatchObject({
      status: 'done',
      comments: [{ content: 'exit 0\ndone\n' }],
    })
    await next.interrupt()
  })

  it('does only the tasks of its configured name, and is quiet in pipes', async () => {
    const other = new Agent(['--agent', 'somebody', '--', 'echo', 'wrong'])
    await other.says({ event: 'attached' })
    const skipped = await add('for worker')
    await other.says({ event: 'skipped', id: skipped, assignee: 'worker' })
    await other.interrupt()
    expect(other.seen.map(({ event }) => event)).toEqual(['attached', 'skipped'])
    const { child, ended } = start(['track', '--agent', 'worker', '--', 'sh', '-c', 'echo "$TASK_ID"'], {
      HOLDFAST_TOKEN: 'w',
    })
    const said = new Promise<string>((resolve) => {
      child.stdout?.on('data', (chunk: Buffer) => resolve(chunk.toString()))
    })
    const id = await add('for worker')
    expect(await said).toBe(`${id}\n`)
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 130, stdout: `${id}\n`, stderr: '' })
  })

  it('ends where its command cannot be started, and keeps the task', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-agent-'))
    const program = join(folder, 'work')
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 })
    const broken = new Agent(['--', program])
    await broken.says({ event: 'attached' })
    rmSync(folder, { recursive: true })
    const id = await add('who can')
    expect(await broken.ended).toMatchObject({ code: 127, stderr: expect.stringContaining('could not be started') })
    const able = new Agent(['--', 'true'])
    await able.says({ event: 'done', id, code: 0 })
    await able.interrupt()
  })

  it('does not attach where there is no such command, or it cannot be run', async () => {
    const missing = new Agent(['--', '/no/such'])
    const said = 'holdfast: There is no program /no/such here. Nothing was started.\n'
    expect(await missing.ended).toMatchObject({ code: 127, stdout: '', stderr: said })
    expect(await new Agent(['--', '/']).ended).toMatchObject({ code: 126, stdout: '' })
  })

  it('goes on where it was after its gateway was away', async () => {
    const args = ['--port', '0', '--store', 'memory', '--shell', 'none', '--token', 'w=worker']
    const first = await startGateway(args)
    const agent = new Agent(['--', 'sh', '-c', 'echo "$TASK_TITLE"'], {
      HOLDFAST_TOKEN: 'w',
      HOLDFAST_URL: first.url,
    })
    await agent.says({ event: 'attached' })
    await first.stop('SIGKILL')
    const second = await startGateway([...args, '--port', String(first.port)])
    const where = { HOLDFAST_TOKEN: 'w', HOLDFAST_URL: second.url }
    // Until the agent is back, the new gateway does not know it.
    const agents = async (): Promise<string> =>
      fetch(`${second.url}/api/tracker/agents`, { headers: { authorization: 'Bearer w' } }).then((answer) =>
        answer.text(),
      )
    await expect.poll(agents, { timeout: 40_000 }).toContain('"agents":["worker"]')
    const { stdout } = await track(['add', 'later', '--assignee', 'worker'], '', where)
    await agent.says({ event: 'done', id: stdout.trim(), code: 0 })
    await agent.interrupt()
    await second.stop('SIGTERM')
  })
})

describe('people and scripts', () => {
  it('add, list and discuss tasks', async () => {
    const described = await track(['add', 'read', 'me', '--description', '-', '--json'], 'from a pipe')
    const task = JSON.parse(described.stdout)
    expect(task).toMatchObject({ title: 'read me', description: 'from a pipe', status: 'open', project_id: 'default' })
    expect(await track(['say', 'look', 'here', '--task', task.id])).toMatchObject({ code: 0, stdout: '', stderr: '' })
    const shown = await track(['show', task.id])
    expect(shown.stdout).toMatch(/person {2}look here\n$/)
    // Quiet in a pipe: no colours.
    expect(shown.stdout).not.toContain('\x1b')
    const listed = await track(['list', '--status', 'open', '--json'])
    const titles = listed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).title)
    expect(titles).toContain('read me')
    expect((await track(['list', '--status', 'nowhere'])).stdout).toBe('')
    const said = await track(['say', 'back at noon', '--json'])
    expect(JSON.parse(said.stdout)).toMatchObject({ chat_id: 'lobby', author: 'person', content: 'back at noon' })
  })

  it.each([
    [['list', '--token', 'wrong'], 4, 'refused the token'],
    [['list', '--token', 'eyes'], 4, 'scope track'],
    [['show', 't_none'], 5, 'no such task'],
    [['add', 'x', '--project', 'none'], 2, 'no such project'],
    [['list', '--url', 'http://127.0.0.1:9'], 7, 'could not be reached'],
    [['add'], 2, 'title'],
    [['say', 'x', '--chat', 'c', '--task', 't'], 2, 'cannot be used with'],
    [['run'], 2, 'command'],
    [['run', '--token', 'wrong', '--', 'true'], 4, 'refused the token'],
    [['--help'], 0, 'Examples:'],
    [['run', '--help'], 0, 'Examples:'],
  ])('%j exits %i, in a sentence and without a stack', async (args, code, words) => {
    const ended = await track(args)
    expect(ended.stdout + ended.stderr).toContain(words)
    expect(ended.stdout + ended.stderr).not.toMatch(/\n\s+at |Error:/)
    expect(ended.code).toBe(code)
  })
})
