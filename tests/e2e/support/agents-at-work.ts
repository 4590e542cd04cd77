import { randomUUID } from 'node:crypto'
import { HubClient } from '@holdfast/hub'
import { TRACKER_LIMITS } from '@holdfast/server/tracker'
import { SessionSubscription } from '@holdfast/sessions'
import { type SeededRandom, seededRandom } from '@holdfast/testkit'
import { TrackerAgent, type TrackerEvent } from '@holdfast/tracker'
import { nodeWebSocket } from '@holdfast/transport-node'
import { expect, onTestFinished } from 'vitest'
import { Cuts, eventually } from './cuts.ts'
import { complaintsInto, QUICK } from './hub-watchers.ts'
import { PERSON_TOKEN, TOKEN } from './mortal-gateway.ts'

/** So many prompts with a message after each, and so many events; more while cuts are left. Each kill is in the middle of one. */
export interface Load {
  readonly prompts: number
  readonly events: number
  readonly cuts: number
  readonly kills: number
}

/** One gateway or several, as clients see them. */
export interface Mortal {
  readonly port: number
  readonly url: string
  killAndRestart(awayMs: number): Promise<void>
  close(): Promise<void>
}

const TEST_MS = 300_000

const FAST = { missingDelayMs: 20, retry: { baseMs: 20, firstMs: 20, capMs: 25, limits: [], flapLimits: [] } } as const

/** Ends something when the test does; what began last ends first. */
export function endLater(end: () => Promise<unknown>): void {
  onTestFinished(async () => void (await end()))
}

/** A gateway behind a proxy that cuts; it is killed now and then in the middle of somebody's work. */
class Trouble {
  readonly gateway: Mortal
  readonly cuts: Cuts
  readonly load: Load
  readonly #random: SeededRandom
  kills = 0
  #recovery: Promise<void> = Promise.resolve()

  private constructor(gateway: Mortal, cuts: Cuts, random: SeededRandom, load: Load) {
    this.gateway = gateway
    this.load = load
    this.cuts = cuts
    this.#random = random
    endLater(() => gateway.close())
    endLater(() => cuts.proxy.close())
  }

  static async before(gateway: Mortal, seed: number, load: Load): Promise<Trouble> {
    const cuts = await Cuts.before(gateway.port, { seed: `${seed}`, count: load.cuts })
    return new Trouble(gateway, cuts, seededRandom(seed), load)
  }

  get isOver(): boolean {
    return this.cuts.left === 0 && this.kills === this.load.kills
  }

  /** In the middle of the work that is the `done`th of `all`. */
  strike(done: number, all: number, turn: 0 | 1): void {
    // The two kinds of work take turns: each has the gateway killed under it.
    const mine = this.kills % 2 === turn
    if (mine && this.kills < this.load.kills && done >= ((this.kills + 0.5) * all) / this.load.kills) {
      this.kills += 1
      this.#recovery = this.#recovery.then(() => this.gateway.killAndRestart(this.#random.integer(0, 100)))
    }
    this.cuts.maybe(0.15)
  }

  /** Resolves when the gateway is on its feet. */
  get recovered(): Promise<void> {
    return this.#recovery
  }
}

// ---- a session: prompts and messages ------------------------------------------------------------

interface Asked {
  readonly handled: string[]
  readonly texts: string[]
  readonly answers: string[]
  readonly errors: string[]
}

/** A lead that asks one prompt after the other and says something after each; a subscriber that answers. */
async function promptsThrough(trouble: Trouble): Promise<Asked> {
  const asked: Asked = { handled: [], texts: [], answers: [], errors: [] }
  const transport = nodeWebSocket({ proxy: false })
  const { url } = trouble.cuts.proxy
  const lead = new HubClient({ ...QUICK, transport, url, token: TOKEN, role: 'lead', driverInstanceId: 'driver' })
  endLater(() => lead.close({ flushMs: 0 }))
  await lead.connect()
  const session = new SessionSubscription({
    ...FAST,
    transport,
    url,
    sessionId: lead.sessionId ?? '',
    token: TOKEN,
    onMessage: (message) => {
      if (message.type === 'assistant') asked.texts.push(String(Object(message).message.content[0].text))
    },
    onProblem: complaintsInto(asked.errors),
    onDelivery: ({ kind, count }) => void asked.errors.push(`${count} messages: ${kind}`),
  })
  endLater(() => session.close({ flushMs: 0 }))
  session.handlePermissions(async ({ input }) => {
    asked.handled.push(String(input['command']))
    trouble.strike(asked.handled.length, trouble.load.prompts, 0)
    await soon()
    trouble.cuts.maybe(0.05)
    return { behavior: 'allow', updatedInput: { answer: input['command'] } }
  })
  await session.connect()
  for (let n = 0; n < trouble.load.prompts || !trouble.isOver; n++) {
    const prompt = { tool_name: 'bash', input: { command: `p${n}` } }
    const question = { type: 'event', event: 'can_use_tool', data: prompt } as const
    const { actions } = await lead.request(question, { timeoutMs: TEST_MS, onDrop: 'carry' })
    asked.answers.push(...actions.map((action) => String(Object(action).result?.updatedInput.answer)))
    lead.send({ type: 'event', id: `m${n}`, event: 'message_end', data: { content: `p${n}` } })
  }
  await eventually(() => asked.texts.length >= asked.answers.length, 'every message of the lead')
  return asked
}

// ---- a tracker: events, tasks and chat ----------------------------------------------------------

interface Worked {
  readonly given: string[]
  readonly handled: string[]
  readonly finished: string[]
  readonly tasks: string[]
  readonly errors: string[]
}

/** A person who posts messages and tasks, one after the other; an agent that answers each. */
async function workThrough(trouble: Trouble): Promise<Worked> {
  const worked: Worked = { given: [], handled: [], finished: [], tasks: [], errors: [] }
  const agent = agentAt(trouble.cuts.proxy.url, worked.errors, async (event) => {
    const name = nameOf(event)
    if (name === undefined) return
    worked.handled.push(name)
    trouble.strike(worked.handled.length, trouble.load.events, 1)
    await soon()
    if (event.event === 'task.assigned') agent.sendTaskComment(Object(event.data).task.id, `did ${name}`)
    agent.sendChatMessage('out', `re ${name}`)
    trouble.cuts.maybe(0.05)
    worked.finished.push(name)
  })
  await agent.connect()
  for (let n = 0; n < trouble.load.events || !trouble.isOver; n++) {
    const name = `e${n}`
    worked.given.push(name)
    if (n % 4 === 0) worked.tasks.push(await post(trouble, 'tasks', { title: name, assignee: 'default' }))
    else await post(trouble, 'chats/lobby/messages', { content: name })
    // The agent is given work as it does it, so that cuts and kills hit both ends.
    await eventually(() => worked.handled.length > n - 10, 'the agent keeps up')
  }
  await eventually(() => worked.finished.length >= worked.given.length, 'every event')
  await trouble.recovered
  await eventually(() => agent.isConnected, 'the last link')
  // What the agent sent before this is with the tracker: acknowledgements too.
  await agent.sendChatMessage('out', 'that is all')
  await agent.close()
  return worked
}

function agentAt(url: string, errors: string[], onEvent: (event: TrackerEvent) => unknown): TrackerAgent {
  const agent = new TrackerAgent({
    transport: nodeWebSocket({ proxy: false }),
    url,
    token: TOKEN,
    retry: { baseMs: 20, firstMs: 20, capMs: 100, limits: [] },
    onEvent,
    onProblem: complaintsInto(errors),
  })
  endLater(() => agent.close({ flushMs: 0 }))
  return agent
}

/** What the person called it. */
function nameOf({ event, data }: TrackerEvent): string | undefined {
  if (event === 'task.assigned') return String(Object(data).task.title)
  return event === 'chat.message' ? String(Object(data).content) : undefined
}

/** Posts until it is taken: with the same key it has one effect. @returns its id */
async function post(trouble: Trouble, path: string, body: object): Promise<string> {
  const key = randomUUID()
  for (;;) {
    try {
      return (await call(trouble, path, { method: 'POST', body: JSON.stringify(body), key })).id
    } catch {
      await trouble.recovered
      await soon()
    }
  }
}

async function call(
  { gateway }: Trouble,
  path: string,
  { key, ...request }: RequestInit & { readonly key?: string } = {},
  // biome-ignore lint/suspicious/noExplicitAny: answers of the REST face, looked at member by member
): Promise<any> {
  const named = key === undefined ? {} : { 'idempotency-key': key }
  const headers = { authorization: `Bearer ${PERSON_TOKEN}`, ...named }
  const response = await fetch(`${gateway.url}/api/tracker/${path}`, { ...request, headers })
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return response.json()
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 3))

/** Prompts and work through everything, and what must hold afterwards. */
export async function throughTrouble(gateway: Mortal, seed: number, load: Load): Promise<void> {
  const trouble = await Trouble.before(gateway, seed, load)
  const [asked, worked] = await Promise.all([promptsThrough(trouble), workThrough(trouble)])
  await trouble.recovered
  expect([trouble.cuts.left, trouble.kills]).toEqual([0, load.kills])
  auditPrompts(asked)
  await auditWork(trouble, worked)
}

// ---- what must hold -----------------------------------------------------------------------------

function auditPrompts({ handled, answers, texts, errors }: Asked): void {
  const all = Array.from({ length: answers.length }, (_, n) => `p${n}`)
  expect({ handled, answers, texts, errors }).toEqual({ handled: all, answers: all, texts: all, errors: [] })
}

async function auditWork(trouble: Trouble, { given, handled, finished, tasks, errors }: Worked): Promise<void> {
  expect({ handled, finished, errors }).toEqual({ handled: given, finished: given, errors: [] })
  const { messages } = await call(trouble, 'chats/out/messages')
  const said = messages.map(({ content }: { readonly content: string }) => content)
  const all = [...given.map((name) => `re ${name}`), 'that is all']
  // The tracker keeps the newest of a chat.
  expect(said).toEqual(all.slice(-TRACKER_LIMITS.maxMessages))
  for (const id of tasks) {
    const { task, comments } = await call(trouble, `tasks/${id}`)
    expect(comments).toMatchObject([{ author: 'default', content: `did ${task.title}` }])
  }
  await auditShown(trouble, tasks)
  // All is acknowledged: whoever comes next under this name is told nothing of it, but what is new.
  const told: TrackerEvent[] = []
  const next = agentAt(trouble.gateway.url, errors, (event) => event.id !== undefined && told.push(event))
  await next.connect()
  await post(trouble, 'chats/lobby/messages', { content: 'anything new' })
  await eventually(() => told.length > 0, 'the news')
  expect(told.map(nameOf)).toEqual(['anything new'])
}

/** Whoever watches a task in the hub saw it begin and saw its comment, each once. */
async function auditShown({ gateway }: Trouble, tasks: readonly string[]): Promise<void> {
  const shown = new Map<string, readonly string[]>()
  const look = async (id: string): Promise<void> => {
    const response = await fetch(`${gateway.url}/api/hub/session/task-${id}/events/history`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    })
    const { events = [] } = Object(await response.json())
    shown.set(
      id,
      events.map(({ event }: { readonly event: string }) => event),
    )
  }
  const isWhole = (): boolean => tasks.every((id) => (shown.get(id)?.length ?? 0) >= 2)
  for (let tries = 0; !isWhole() && tries < 300; tries++) {
    await Promise.all(tasks.map(look))
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  expect([...shown.values()]).toEqual(tasks.map(() => ['session_start', 'message_end']))
}
