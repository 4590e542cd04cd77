import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { HubClient } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { CliTerminal } from './cli-terminal.ts'
import { CLEAN_ENVIRONMENT, CLI_MAIN } from './gateway-process.ts'
import { MortalGateway, TOKEN } from './support/mortal-gateway.ts'

let gateway: MortalGateway
/** Takes connections, and never says a word. */
let silent: Server
let lead: HubClient
const terminals: CliTerminal[] = []
const children: ChildProcess[] = []
/** Requests that have reached the lead, which answers none. */
let asked = 0

beforeAll(async () => {
  gateway = await MortalGateway.start()
  silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  await leadOf('left').then((gone) => gone.close())
  lead = await leadOf('led')
})
afterEach(() => {
  for (const terminal of terminals.splice(0)) terminal.kill()
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(async () => {
  await lead.close()
  silent.close()
  await gateway.close()
})

async function leadOf(sessionId: string): Promise<HubClient> {
  const client = new HubClient({
    ...{ url: gateway.url, token: TOKEN, sessionId, transport: nodeWebSocket(), role: 'lead', driverMode: 'rpc' },
    onRequest: () => {
      asked++
      return new Promise(() => {})
    },
  })
  await client.connect()
  return client
}

/** Whether it arrives is of no concern: some gateways here are killed. */
function tell(content: string): void {
  lead.event('runtime_process_output', { content }).catch(() => {})
}

function environment(url: string): NodeJS.ProcessEnv {
  return { HOLDFAST_URL: url, HOLDFAST_TOKEN: TOKEN }
}

/** A person's shell runs it, and says how it ended and how it left the terminal. */
function open(args: readonly string[], url = gateway.url): CliTerminal {
  const script = 'trap : INT; stty -g; "$@"; echo "ended with $?"; stty -g; echo that is all'
  const program = ['sh', '-c', script, 'sh', process.execPath, CLI_MAIN] as const
  const terminal = new CliTerminal(args, environment(url), { cols: 120, rows: 30 }, [...program])
  terminals.push(terminal)
  return terminal
}

/** Presses Ctrl+C once: it ends with the code of interruptions, and the terminal is as it was. */
async function endsAtOnce(terminal: CliTerminal): Promise<void> {
  terminal.type('\u0003')
  await terminal.shows('that is all')
  const settings = terminal.output.match(/^[\da-f]+(?::[\da-f]+){10,}/gm)
  expect(terminal.output).toContain('ended with 130')
  expect([settings?.length, settings?.[1]]).toEqual([2, settings?.[0]])
}

type Row = readonly [command: readonly string[], shows: string]

/** Each command, once it has shown that it is in its state. */
async function opened(rows: readonly Row[], url?: string): Promise<readonly CliTerminal[]> {
  const all = rows.map(([command, shows]) => ({ terminal: open(command, url), shows }))
  for (const { terminal, shows } of all) await terminal.shows(shows)
  return all.map(({ terminal }) => terminal)
}

async function allEnd(terminals: readonly CliTerminal[]): Promise<void> {
  for (const terminal of terminals) await endsAtOnce(terminal)
}

/** Everything that stays at work until it is told to end. */
async function atWork(): Promise<readonly CliTerminal[]> {
  let ticking: NodeJS.Timeout | undefined
  try {
    // Whoever is there sees it, whenever that is.
    ticking = setInterval(() => tell('tick'), 200)
    return await opened([
      [['observe', 'led'], 'tick'],
      [['observe', 'led', '--sse'], 'tick'],
      [['control', 'led', '--answer'], 'tick'],
      [['lead', '--', 'sh', '-c', 'echo works; exec sleep 1000'], 'works'],
      [['track', '--', 'true'], 'waiting for tasks'],
    ])
  } finally {
    clearInterval(ticking)
  }
}

it('Ctrl+C ends what waits for a gateway that takes connections and says nothing', async () => {
  const address = silent.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const waiting: readonly (readonly string[])[] = [
    ['observe', 's'],
    ['observe', 's', '--sse'],
    ['control', 's', 'stop'],
    ['control', 's', '--answer'],
    ['lead', '--', 'true'],
    ['track', '--', 'true'],
    ['shell', '--', 'true'],
    ['ls'],
    ['session', 'export', 's'],
    ['share', 's'],
  ]
  const rows = waiting.map((command): Row => [command, 'waiting'])
  const editor = open(['acp'], url)
  editor.type('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":1}}\r')
  const others = await opened([...rows, [['shell'], 'Ctrl+C stops'], [['doctor'], 'is an address']], url)
  await editor.shows('waiting')
  await allEnd([editor, ...others])
})

it('Ctrl+C ends what is at work', async () => {
  await allEnd(await atWork())
})

it('Ctrl+C ends a request, before there is a lead and while it is asked', async () => {
  asked = 0
  const [before, during] = [open(['control', 'left', 'steer', 'on']), open(['control', 'led', 'steer', 'on'])]
  await before.shows('No lead is in left')
  await expect.poll(() => asked).toBe(1)
  await allEnd([before, during])
})

it('Ctrl+C ends a question, wherever it is asked', async () => {
  const asking = open(['control', 'led', '--answer'])
  let asks: NodeJS.Timeout | undefined
  try {
    const question = { id: 'q', method: 'confirm', params: { title: 'Sure?' } } as const
    asks = setInterval(() => void lead.send({ type: 'rpc_ui_request', ...question }), 200)
    await asking.shows('Sure?')
  } finally {
    clearInterval(asks)
  }
  const questions: readonly Row[] = [
    [['login', gateway.url], 'not shown'],
    [['session', 'rm', 'led'], '[y/N]'],
    [['share', 'led', '--write'], '[y/N]'],
  ]
  await allEnd([asking, ...(await opened(questions))])
})

it.each([
  ['observe', ['observe', 'led', '--json'], 130],
  // It passes on how its command ended.
  ['lead', ['lead', '--', 'yes'], 143],
])('Ctrl+C ends %s whose output is not read', async (_name, args, code) => {
  const child = spawn(process.execPath, [CLI_MAIN, ...args], {
    env: { ...CLEAN_ENVIRONMENT, ...environment(gateway.url) },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  children.push(child)
  const ended = once(child, 'exit')
  await once(child.stdout, 'readable')
  // More than the pipe and what waits before it can hold.
  const content = 'x'.repeat(60_000)
  for (let n = 0; n < 30; n++) tell(content)
  await lead.event('runtime_process_output', { content })
  child.kill('SIGINT')
  expect(await ended).toEqual([code, null])
})

it('Ctrl+C ends what was at work while its gateway is at a standstill, and while it is away', async () => {
  const [halted, cut] = [await atWork(), await atWork()]
  gateway.signal('SIGSTOP')
  await allEnd(halted)
  gateway.signal('SIGCONT')
  await gateway.kill()
  for (const terminal of cut) await terminal.shows('is not reachable')
  await allEnd(cut)
})
