import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { methods } from '@agentclientprotocol/sdk'
import type { LogEvent } from '@holdfast/log'
import { sqliteLog } from '@holdfast/store-sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { AGENT_FILE, type GatewayProcess, startGateway } from '../gateway-process.ts'
import { endShellHost } from '../support/shell-host.ts'
import { ask, Editor, fillFolder } from './fill-folder.ts'

/**
 * A whole data folder as a gateway of layout version 2 left it, with every kind of record that there is, and what it was read
 * as then. Committed once and never changed: a folder of today has to open tomorrow. A later layout gets a folder of its own
 * beside it, made by `HOLDFAST_MAKE_FOLDER=version-N` and this test.
 */
const MAKE = process.env['HOLDFAST_MAKE_FOLDER']
const FOLDERS = MAKE === undefined ? ['version-2'] : [MAKE]

/** All that a log has, of each session: what it is, its snapshot and its events. */
interface Recorded {
  readonly session: string
  readonly snapshot: unknown
  readonly events: readonly LogEvent[]
}

let folder = ''
let gateway: GatewayProcess | undefined

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-folder-')))
})

afterEach(async () => {
  await gateway?.stop('SIGKILL')
  await endShellHost(join(folder, 'data'), 'agent-host')
  rmSync(folder, { recursive: true, force: true })
})

async function start(): Promise<string> {
  const agents = ['--agent', `scripted=${process.execPath} ${AGENT_FILE}`, '--agent-folder', folder]
  const where = ['--port', '0', '--data', join(folder, 'data')]
  gateway = await startGateway([...where, ...agents, '--token', 't', '--shell', 'none'])
  return gateway.url
}

async function recordsOf(path: string): Promise<readonly Recorded[]> {
  const log = sqliteLog({ path })
  try {
    const all: Recorded[] = []
    for (const { id } of (await log.listSessions({ limit: 1_000 })).sessions) {
      const { events } = await log.read(id, { after: 0, limit: 10_000 })
      all.push({ session: id, snapshot: await log.snapshot(id), events })
    }
    return all.sort((one, other) => (one.session < other.session ? -1 : 1))
  } finally {
    await log.close()
  }
}

/** What people and programs see of it: all that does not end by itself with time. */
async function shownBy(url: string, records: readonly Recorded[]): Promise<unknown> {
  const { sessions }: { readonly sessions?: unknown } = Object(await ask(url, 'GET', '/api/hub/sessions'))
  const acp = records.find(({ events }) => events.some(({ payload }) => Object(payload).t === 'acp.opened'))
  const editor = new Editor(url)
  await editor.initialize()
  const load = { sessionId: acp?.session ?? '', cwd: folder, mcpServers: [] }
  await editor.agent.request(methods.agent.session.load, load)
  return {
    sessions,
    work: await ask(url, 'GET', '/streams/sessions/work'),
    agents: await ask(url, 'GET', '/api/hub/agents/reviewer/versions'),
    tasks: await ask(url, 'GET', '/api/tracker/tasks'),
    notes: await ask(url, 'GET', '/streams/notes'),
    conversation: editor.text,
  }
}

async function made(name: string): Promise<void> {
  const url = await start()
  await fillFolder(url, folder)
  await gateway?.stop('SIGTERM')
  await endShellHost(join(folder, 'data'), 'agent-host')
  const place = join(import.meta.dirname, name)
  if (existsSync(place)) throw new Error(`expected no ${place}: a folder is made once`)
  mkdirSync(place)
  for (const file of readdirSync(join(folder, 'data'))) {
    if (file.endsWith('.db')) cpSync(join(folder, 'data', file), join(place, file))
  }
  const records = await recordsOf(join(folder, 'data', 'sessions.db'))
  writeFileSync(join(place, 'records.json'), `${JSON.stringify(records, null, 1)}\n`)
  const shown = await shownBy(await start(), records)
  writeFileSync(join(place, 'shown.json'), `${JSON.stringify(shown, null, 1)}\n`)
}

it.each(FOLDERS)(
  'a data folder of layout %s opens with every record as it was written, and is served as it was then',
  async (name) => {
    if (MAKE !== undefined) await made(name)
    rmSync(join(folder, 'data'), { recursive: true, force: true })
    const place = join(import.meta.dirname, name)
    const read = (file: string) => JSON.parse(readFileSync(join(place, file), 'utf8'))
    cpSync(place, join(folder, 'data'), { recursive: true })
    const records = await recordsOf(join(folder, 'data', 'sessions.db'))
    expect(records.length).toBeGreaterThan(6)
    expect(JSON.parse(JSON.stringify(records))).toEqual(read('records.json'))
    expect(JSON.parse(JSON.stringify(await shownBy(await start(), records)))).toEqual(read('shown.json'))
    const { stderr } = (await gateway?.stop('SIGTERM')) ?? { stderr: '' }
    expect(stderr).not.toMatch(/unfit|damaged|cannot be read/)
  },
)
