import { HubClient } from '@holdfast/hub'
import type { HubResponse, HubServerMessage } from '@holdfast/protocol/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { CliTerminal } from './cli-terminal.ts'
import { CLI_MAIN, type Ended, type GatewayProcess, run, startGateway } from './gateway-process.ts'

let gateway: GatewayProcess
let environment: NodeJS.ProcessEnv
const leads: Lead[] = []
const terminals: CliTerminal[] = []

beforeAll(async () => {
  gateway = await startGateway(['--port', '0', '--store', 'memory', '--token', 't', '--shell', 'none'])
  environment = { HOLDFAST_URL: gateway.url, HOLDFAST_TOKEN: 't' }
})
afterEach(async () => {
  for (const terminal of terminals.splice(0)) terminal.kill()
  await Promise.all(leads.splice(0).map(({ client }) => client.close()))
})
afterAll(async () => {
  await gateway.stop('SIGTERM')
})

/** A lead that drives by RPC, asks for permissions, and hears the answers. */
class Lead {
  readonly client: HubClient
  readonly #heard: HubServerMessage[] = []
  #wake = (): void => {}

  constructor(sessionId: string) {
    this.client = new HubClient({
      transport: nodeWebSocket(),
      url: gateway.url,
      token: 't',
      role: 'lead',
      sessionId,
      driverMode: 'rpc',
      driverInstanceId: `${sessionId}-driver`,
      onMessage: (message) => {
        this.#heard.push(message)
        this.#wake()
      },
    })
    leads.push(this)
  }

  /** Waits until a controller has come. */
  async joined(): Promise<void> {
    await this.hears(
      (message) => message['event'] === 'session_join' && JSON.stringify(message).includes('"role":"controller"'),
    )
  }

  async answer(id: string): Promise<unknown> {
    return (await this.hears((message) => message['type'] === 'rpc_ui_response' && message['id'] === id))['result']
  }

  async hears(
    fits: (message: Readonly<Record<string, unknown>>) => boolean,
  ): Promise<Readonly<Record<string, unknown>>> {
    for (;;) {
      for (const message of this.#heard) {
        const fields: Readonly<Record<string, unknown>> = { ...message }
        if (fits(fields)) return fields
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  mayUse(tool: string, input: Readonly<Record<string, unknown>>): Promise<HubResponse> {
    return this.client.event('can_use_tool', { tool_name: tool, input }, { timeoutMs: 60_000 })
  }

  prompts(id: string, method: string, params: Readonly<Record<string, unknown>>): void {
    this.client.send({ type: 'rpc_ui_request', id, method, params })
  }
}

async function lead(sessionId: string): Promise<Lead> {
  const made = new Lead(sessionId)
  await made.client.connect()
  return made
}

function terminal(...args: readonly string[]): CliTerminal {
  const made = new CliTerminal(args, environment)
  terminals.push(made)
  return made
}

function piped(args: readonly string[], input: string): Promise<Ended> {
  const { child, ended } = run(CLI_MAIN, args, environment)
  child.stdin?.end(input)
  return ended
}

function linesOf(text: string): Readonly<Record<string, unknown>>[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

it('holdfast control answers permission prompts in a terminal, one after the other, and not by what was typed before', async () => {
  const driver = await lead('terminal')
  const person = terminal('control', 'terminal', '--answer')
  await driver.joined()
  person.type('y\r')
  const first = driver.mayUse('write_file', { path: 'a.txt\u001b[2J' })
  const second = driver.mayUse('remove', { path: '/' })
  // The first to be asked is the first that came, whichever that is.
  await person.shows('Allow write_file {"path":"a.txt\\u001b[2J"}? [y/N')
  person.type('y\r')
  expect((await first).actions).toEqual([
    { action: 'RETURN', result: { behavior: 'allow', updatedInput: { path: 'a.txt\u001b[2J' } } },
  ])
  await person.shows('Allow remove')
  person.type('no, never\r')
  expect((await second).actions).toEqual([
    { action: 'BLOCK', reason: 'never' },
    { action: 'RETURN', result: { behavior: 'deny', message: 'never' } },
  ])
  // Ctrl+C, as it is typed while a line is edited.
  person.type('\x03')
  expect(await person.ended).toBe(130)
})

it('holdfast control answers what the driver asks: yes or no, a choice, a text', async () => {
  const driver = await lead('driver')
  const person = terminal('control', 'driver', '--answer')
  await driver.joined()
  driver.prompts('q0', 'notify', { message: 'for your eyes' })
  await person.shows('notify: for your eyes')
  driver.prompts('q1', 'confirm', { title: 'Sure?' })
  await person.shows('Sure? [y/N]')
  person.type('yes\r')
  expect(await driver.answer('q1')).toEqual({ confirmed: true })
  driver.prompts('q2', 'select', { title: 'Which?', options: ['red', 'blue'] })
  await person.shows('2) blue')
  person.type('2\r')
  expect(await driver.answer('q2')).toEqual({ value: 'blue' })
  driver.prompts('q3', 'input', { title: 'Name', placeholder: 'yours' })
  await person.shows('Name — yours')
  person.type('Ann\r')
  expect(await driver.answer('q3')).toEqual({ value: 'Ann' })
})

it('holdfast control answers from a pipe, and ends when that has no more lines', async () => {
  const driver = await lead('pipe')
  const answered = [driver.mayUse('read', { n: 1 }), driver.mayUse('read', { n: 2 })]
  // Both wait already: whoever comes later is asked too.
  const { code, stdout, stderr } = await piped(['control', 'pipe', '--answer', '--json'], 'y\nn because\n')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const asked = linesOf(stdout).filter(({ event }) => event === 'permission')
  expect(asked.map(({ tool, input }) => ({ tool, input }))).toEqual([
    { tool: 'read', input: { n: 1 } },
    { tool: 'read', input: { n: 2 } },
  ])
  const [allowed, denied] = await Promise.all(answered)
  expect(allowed?.actions).toMatchObject([{ action: 'RETURN', result: { behavior: 'allow' } }])
  expect(denied?.actions).toMatchObject([{ action: 'BLOCK', reason: 'because' }, { action: 'RETURN' }])
})

it('holdfast control withdraws a question that another person has answered, and asks the next', async () => {
  const driver = await lead('shared')
  const slow = terminal('control', 'shared', '--answer')
  await driver.joined()
  const first = driver.mayUse('first', {})
  await slow.shows('Allow first')
  expect((await piped(['control', 'shared', '--answer'], 'n too late\n')).code).toBe(0)
  expect((await first).actions).toMatchObject([{ action: 'BLOCK', reason: 'too late' }, { action: 'RETURN' }])
  await slow.shows('answered elsewhere')
  const second = driver.mayUse('second', {})
  await slow.shows('Allow second')
  slow.type('y\r')
  expect((await second).actions).toMatchObject([{ action: 'RETURN', result: { behavior: 'allow' } }])
})

it('holdfast control leaves prompts to others where its input is empty', async () => {
  const driver = await lead('empty')
  const asked = driver.mayUse('read', {})
  expect((await piped(['control', 'empty', '--answer'], '')).code).toBe(0)
  expect((await piped(['control', 'empty', '--answer'], 'y\n')).code).toBe(0)
  expect((await asked).actions).toMatchObject([{ action: 'RETURN', result: { behavior: 'allow' } }])
})
