import { HubClient, type HubRequestHandler } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { CliTerminal } from './cli-terminal.ts'
import { CLI_MAIN, type Running, run } from './gateway-process.ts'
import { JudgeTerminal } from './support/judge-terminal.ts'
import { MortalGateway, TOKEN } from './support/mortal-gateway.ts'

let gateway: MortalGateway
const terminals: CliTerminal[] = []

beforeAll(async () => {
  gateway = await MortalGateway.start()
})
afterEach(() => {
  for (const terminal of terminals.splice(0)) terminal.kill()
})
afterAll(async () => {
  await gateway.close()
})

/** A program with its output so far. */
class Watched {
  readonly running: Running
  out = ''
  err = ''
  #wake = (): void => {}
  #over: string | undefined

  constructor(...args: readonly string[]) {
    this.running = run(CLI_MAIN, args, environment())
    const { stdout, stderr } = this.running.child
    stdout?.on('data', (chunk: Buffer) => this.#add(() => (this.out += chunk)))
    stderr?.on('data', (chunk: Buffer) => this.#add(() => (this.err += chunk)))
    void this.running.ended.then(({ code }) => this.#add(() => (this.#over = `it ended with ${code}: ${this.err}`)))
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#over !== undefined) throw new Error(this.#over)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  #add(take: () => void): void {
    take()
    this.#wake()
  }
}

function environment(): NodeJS.ProcessEnv {
  return { HOLDFAST_URL: gateway.url, HOLDFAST_TOKEN: TOKEN }
}

function openTerminal(args: readonly string[]): CliTerminal {
  const terminal = new CliTerminal(args, environment())
  terminals.push(terminal)
  return terminal
}

async function leadOf(sessionId: string, onRequest?: HubRequestHandler): Promise<HubClient> {
  const target = { url: gateway.url, token: TOKEN, sessionId }
  const lead = new HubClient({ ...target, transport: nodeWebSocket(), role: 'lead', onRequest })
  await lead.connect()
  return lead
}

async function say(lead: HubClient, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n++) await lead.event('runtime_process_output', { content: `n${n}.` })
}

const RETURN = /^holdfast: offline \S+ (?:s|min) · (\d+) events? caught up · 0 lost · 0 doubled$/m

/** observe with these options, through a kill -9 of its gateway. */
async function watchThroughKill(...more: readonly string[]): Promise<void> {
  const session = `watched${more.length}`
  const lead = await leadOf(session)
  const watcher = new Watched('observe', session, '--json', '--subscribe', 'runtime_process_output', ...more)
  await say(lead, 1, 1)
  await watcher.until(() => watcher.out.includes('n1.'))
  // A machine that is busy may have kept it waiting at first.
  const before = watcher.err.length
  await gateway.kill()
  await watcher.until(() => watcher.err.slice(before).includes('\n'))
  expect(watcher.err.slice(before)).toMatch(
    /^holdfast: http:\/\/\S+ is not reachable, trying again\. .*ext attempt in .*\n$/,
  )
  await gateway.restart()
  await say(lead, 2, 40)
  await watcher.until(() => RETURN.test(watcher.err) && watcher.out.includes('n40.'))
  watcher.running.child.kill('SIGINT')
  const { code, stdout, stderr } = await watcher.running.ended
  const shown = stdout.match(/n\d+\./g)
  expect([code, shown]).toEqual([130, Array.from({ length: 40 }, (_, at) => `n${at + 1}.`)])
  // Nothing but messages, and of our words nothing else.
  for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('type')
  expect(stderr.slice(before).trim().split('\n')).toHaveLength(2)
  await lead.close()
}

it('holdfast observe reports that the gateway is gone and back, and shows every event once: over a WebSocket', async () => {
  await watchThroughKill()
})

it('holdfast observe reports that the gateway is gone and back, and shows every event once: over server-sent events', async () => {
  await watchThroughKill('--sse')
})

it('a request of control that is under way when the gateway is killed is answered after it, with a line for each', async () => {
  let asked = (): void => {}
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve
  })
  let answer = (): void => {}
  const mayAnswer = new Promise<void>((resolve) => {
    answer = resolve
  })
  let times = 0
  const lead = await leadOf('asked', async () => {
    times++
    asked()
    await mayAnswer
    return [{ action: 'RETURN', result: 'done' }]
  })
  const control = new Watched('control', 'asked', 'steer', 'on', '--json')
  await isAsked
  await gateway.kill()
  await control.until(() => control.err.includes('ext attempt in'))
  await gateway.restart()
  await control.until(() => RETURN.test(control.err))
  answer()
  const { code, stdout } = await control.running.ended
  expect([code, JSON.parse(stdout), times]).toEqual([0, { actions: [{ action: 'RETURN', result: 'done' }] }, 1])
  await lead.close()
})

it('a terminal shows the next attempt in one line, which makes room for what the outage was', async () => {
  const lead = await leadOf('seen')
  const terminal = openTerminal(['observe', 'seen'])
  await say(lead, 1, 1)
  await terminal.shows('n1.')
  await gateway.kill()
  await terminal.shows('is not reachable, trying again. ')
  await gateway.restart()
  await say(lead, 2, 2)
  await terminal.shows(/offline \S+ s · \d+ events? caught up · 0 lost · 0 doubled/)
  const judge = new JudgeTerminal(90, 30)
  await judge.write(terminal.output)
  expect(judge.text).not.toContain('trying again')
  expect(judge.text).toContain('holdfast: offline')
  await lead.close()
})
