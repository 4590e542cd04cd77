import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readAddress } from '@holdfast/app-gateway/address-file'
import { sqliteLog } from '@holdfast/store-sqlite'
import { afterEach, expect, it } from 'vitest'
import { AGENT_FILE, CLI_MAIN, run } from './gateway-process.ts'
import { isAlive } from './support/shell-host.ts'
import { numbersTo, StdioEditor } from './support/stdio-editor.ts'

const SLOW = { timeout: 60_000, interval: 50 } as const

const ending: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

/** Whether there was something to end. */
function endNow(pid: number | undefined): boolean {
  if (pid === undefined || !isAlive(pid)) return false
  process.kill(pid, 'SIGKILL')
  return true
}

/** A user with editors, a home of their own, and nothing set up. */
class Home {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-own-')))
  readonly state = join(this.folder, 'state')
  readonly data = join(this.state, 'holdfast')
  readonly journal = join(this.folder, 'journal')
  #editors: StdioEditor[] = []

  constructor() {
    ending.push(() => this.#end())
  }

  editor(words: readonly string[] = ['--', process.execPath, AGENT_FILE], more: NodeJS.ProcessEnv = {}): StdioEditor {
    const environment = { XDG_STATE_HOME: this.state, AGENT_JOURNAL: this.journal, ...more }
    const editor = new StdioEditor(words, environment)
    this.#editors.push(editor)
    return editor
  }

  get gateway(): number {
    const { pid } = readAddress(this.data) ?? {}
    if (pid === undefined) throw new Error('there is no gateway')
    return pid
  }

  /** The processes of the agent that were started. */
  get agents(): readonly number[] {
    return [...readFileSync(this.journal, 'utf8').matchAll(/^begin (\d+)/gm)].map(([, pid]) => Number(pid))
  }

  async #end(): Promise<void> {
    for (const editor of this.#editors) editor.kill('SIGKILL')
    const host = join(this.data, 'agent-host/host.json')
    const left = existsSync(host) ? [Number(JSON.parse(readFileSync(host, 'utf8')).pid)] : []
    const agents = existsSync(this.journal) ? this.agents : []
    for (const pid of [...left, ...agents]) endNow(pid)
    // An editor may have started another one just before it ended.
    await expect.poll(() => endNow(readAddress(this.data)?.pid), SLOW).toBe(false)
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

it('two editors that begin at once have one gateway without any setup, and what is theirs is for their user alone', async () => {
  const home = new Home()
  const editors = [home.editor(), home.editor()]
  const sessions = await Promise.all(editors.map((one) => one.session(home.folder)))
  expect(new Set(sessions).size).toBe(2)
  const ends = await Promise.all(editors.map((one, at) => one.prompt(sessions[at] ?? '', `chunks 1 20\nask q${at}`)))
  expect(ends).toEqual(['end_turn', 'end_turn'])
  expect(editors.map(({ text }) => text)).toEqual([0, 1].map((at) => `${numbersTo(20)}[q${at}: yes]`))
  // One program has both sessions: they are at one gateway.
  expect(home.agents).toHaveLength(1)
  const [agent = ''] = readdirSync(join(home.data, 'agents'))
  for (const file of ['gateway.json', 'gateway.log', `agents/${agent}`])
    expect(statSync(join(home.data, file)).mode & 0o777).toBe(0o600)
  expect(statSync(home.data).mode & 0o777).toBe(0o700)
  const { token } = readAddress(home.data) ?? { token: '' }
  expect(token).not.toBe('')
  expect(readFileSync(join(home.data, 'gateway.log'), 'utf8')).not.toContain(token)
  for (const { told } of editors) expect(told).toMatch(/^holdfast: the agent runs at http:\/\/127\.0\.0\.1:\d+/m)
})

it('a gateway that is killed in a turn is started again by the editors, which miss nothing', async () => {
  const home = new Home()
  const editors = [home.editor(), home.editor()]
  const sessions = await Promise.all(editors.map((one) => one.session(home.folder)))
  const turns = editors.map((one, at) => one.prompt(sessions[at] ?? '', 'chunks 1 200 10'))
  await expect.poll(() => editors.every(({ texts }) => texts.length > 20), SLOW).toBe(true)
  const before = home.gateway
  process.kill(before, 'SIGKILL')
  expect(await Promise.all(turns)).toEqual(['end_turn', 'end_turn'])
  expect(home.gateway).not.toBe(before)
  expect(editors.map(({ text }) => text)).toEqual([numbersTo(200), numbersTo(200)])
  expect(home.agents).toHaveLength(1)
})

it('an own gateway ends once no editor is attached and no agent works, and the next editor has the session again', async () => {
  const home = new Home()
  const own = { HOLDFAST_END_WHEN_IDLE: '1' }
  const editor = home.editor(undefined, own)
  const session = await editor.session(home.folder)
  const { gateway } = home
  void editor.prompt(session, 'say begun\nsleep 2500\nsay done').catch(() => {})
  await expect.poll(() => editor.text).toBe('begun')
  expect(await editor.close()).toMatchObject({ code: 0 })
  // The agent works on, for longer than the gateway waits.
  await expect.poll(() => isAlive(gateway), SLOW).toBe(false)
  expect(readAddress(home.data)).toBeUndefined()
  const next = home.editor(undefined, own)
  await next.session(home.folder)
  await next.agent.request('session/load', { sessionId: session, cwd: home.folder, mcpServers: [] })
  expect(next.text).toBe('begundone')
})

it('a second agent is one of the same own gateway, also where that runs already', async () => {
  const home = new Home()
  const first = home.editor()
  await first.session(home.folder)
  const { gateway } = home
  const second = home.editor(['--', process.execPath, AGENT_FILE, 'other'], {
    OWN_VARIABLE: 'x',
    HOLDFAST_TOKEN: 'of-another',
  })
  const session = await second.session(home.folder)
  expect(await second.prompt(session, 'env')).toBe('end_turn')
  expect(second.text.split(' ')).toContain('OWN_VARIABLE')
  expect(second.text).not.toContain('HOLDFAST_TOKEN')
  expect(home.gateway).toBe(gateway)
  expect(home.agents).toHaveLength(2)
  // Without a command it is the first of those that were given.
  const third = home.editor([])
  await third.session(home.folder)
  expect(home.gateway).toBe(gateway)
  // Every other command finds it by its name.
  const listed = await run(CLI_MAIN, ['agent', 'ls', '--url', 'own', '--json'], { XDG_STATE_HOME: home.state }).ended
  expect(listed.stdout.trim().split('\n')).toHaveLength(3)
})

it('an address of a gateway that is gone is not used, even if its process id and port are taken', async () => {
  const home = new Home()
  mkdirSync(home.data, { recursive: true })
  const asked: string[] = []
  const stranger = createServer((socket) => {
    socket.on('data', (chunk) => {
      asked.push(String(chunk))
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')
    })
  })
  ending.push(() => stranger.close())
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
  const port = Object(stranger.address()).port
  writeFileSync(
    join(home.data, 'gateway.json'),
    JSON.stringify({ url: `http://127.0.0.1:${port}`, token: 'of-before', pid: process.pid }),
  )
  const editor = home.editor()
  const session = await editor.session(home.folder)
  expect(await editor.prompt(session, 'say here')).toBe('end_turn')
  expect(home.gateway).not.toBe(process.pid)
  expect(asked).not.toEqual([])
})

it('a folder that cannot be written is reported, and nothing is on standard output', async () => {
  const home = new Home()
  writeFileSync(home.state, 'a file')
  const { code, stdout, stderr } = await home.editor().ended
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(/^holdfast: .*cannot be written: E[A-Z]+\. Choose another folder with --data\.\n$/)
})

it('a folder that something else has is reported, with what to do', async () => {
  const home = new Home()
  mkdirSync(home.data, { recursive: true })
  const log = sqliteLog({ path: join(home.data, 'sessions.db') })
  await log.opened
  ending.push(() => log.close())
  const { code, stdout, stderr } = await home.editor().ended
  expect([code, stdout]).toEqual([3, ''])
  expect(stderr).toMatch(/(^|\n)holdfast: Something else uses .*--url .*--data\.\n$/)
})

it('a command that is not there is reported before anything is started', async () => {
  const home = new Home()
  const { code, stderr } = await home.editor(['--', 'no-such-agent']).ended
  expect([code, existsSync(home.data)]).toEqual([127, false])
  expect(stderr).toMatch(/^holdfast: There is no program no-such-agent here/)
})

it('a gateway that is named has agents of its own', async () => {
  const home = new Home()
  const { code, stderr } = await home.editor(['--url', 'http://127.0.0.1:1', '--', process.execPath]).ended
  expect(code).toBe(2)
  expect(stderr).toMatch(/^holdfast: --url: /)
})
