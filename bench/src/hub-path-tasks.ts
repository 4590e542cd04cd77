import WebSocket from 'ws'
import { quantile } from './measure.ts'

/** A server to talk to. */
export interface Server {
  readonly kind: string
  readonly url: string
}

let sessions = 0
/** One client object of ours has one such name: its messages are numbered under it. */
let instances = 0

interface Client {
  readonly socket: WebSocket
  send(text: string): void
  end(): void
}

async function joined(server: Server, role: string, session: string, told: (text: string) => void): Promise<Client> {
  const instance = `instance-${String(++instances).padStart(6, '0')}`
  const query = new URLSearchParams({ role, sessionId: session, resume: '1', v: '2', instance, fresh: '1' })
  const socket = new WebSocket(`${server.url}/api/ws?${query}`, { perMessageDeflate: false })
  let isIn: () => void = () => {}
  const entered = new Promise<void>((resolve) => {
    isIn = resolve
  })
  socket.on('message', (data) => {
    const text = data.toString()
    if (text.startsWith('{"type":"init"')) isIn()
    else told(text)
  })
  socket.on('close', (code) => code === 1006 || process.stderr.write(`closed: ${code}\n`))
  await entered
  return { socket, send: (text) => socket.send(text), end: () => socket.terminate() }
}

/** A message as our client sends it, under an id that it gave or that its application did. */
function event(n: number, done: number, text: string, prefix: string): string {
  const data = { text, index: n, turnId: 'turn-123' }
  return JSON.stringify({ type: 'event', id: `${prefix}${n}`, event: 'message_update', data, n, done })
}

/** Begins the ids that our client gives. */
export const GIVEN = 'a1b2c3d4.'
export const TEXT: string = 'the quick brown fox jumps over the lazy dog'
export const LARGE: string = `${TEXT} `.repeat(186)

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function burst(client: Client, count: number, make: (n: number) => string): Promise<void> {
  for (let n = 1; n <= count; n += 1) {
    client.send(make(n))
    if (n % 500 === 0) await turn()
  }
}

// ---- what is measured ---------------------------------------------------------------------------

/** Messages a second, or milliseconds of one. */
export type Task = (server: Server) => Promise<number>

/** From a lead through the log to an observer. */
export const inbound =
  (count: number, text: string): Task =>
  async (server) => {
    const session = `in-${++sessions}`
    let seen = 0
    let done: () => void = () => {}
    const finished = new Promise<void>((resolve) => {
      done = resolve
    })
    const lead = await joined(server, 'lead', session, () => {})
    const observer = await joined(server, 'observer', session, (told) => {
      // Of the hub the frame is a broadcast, of raw what was sent.
      if (!told.startsWith('{"type":"broadcast"') && !told.startsWith('{"type":"event"')) return
      seen += 1
      if (seen === count) done()
    })
    await turn()
    const started = performance.now()
    await burst(lead, count, (n) => event(n, 0, text, GIVEN))
    await finished
    const result = perSecond(count, started)
    lead.end()
    observer.end()
    return result
  }

/** From a lead into the log, until it learns that they are there. */
export const outbound =
  (count: number, prefix: string): Task =>
  async (server) => {
    let acknowledged = 0
    let done: () => void = () => {}
    const finished = new Promise<void>((resolve) => {
      done = resolve
    })
    const lead = await joined(server, 'lead', `out-${++sessions}`, (told) => {
      if (!told.startsWith('{"type":"acked"')) return
      acknowledged += JSON.parse(told).ids.length
      if (acknowledged === count) done()
    })
    const started = performance.now()
    await burst(lead, count, (n) => event(n, acknowledged, TEXT, prefix))
    await finished
    const result = perSecond(count, started)
    lead.end()
    return result
  }

/** A lead's requests, `inFlight` of them at a time. Milliseconds of one (p50), or how many a second. */
export const requests =
  (use: string, count: number, inFlight: number): Task =>
  async (server) => {
    const times: number[] = []
    const asked = new Map<string, number>()
    let sent = 0
    let done: () => void = () => {}
    const finished = new Promise<void>((resolve) => {
      done = resolve
    })
    const ask = (): void => {
      sent += 1
      asked.set(`${GIVEN}${sent}`, performance.now())
      lead.send(event(sent, Math.max(sent - inFlight - 1, 0), TEXT, GIVEN))
    }
    const lead: Client = await joined(server, 'lead', `${use}-${++sessions}`, (told) => {
      if (!told.startsWith('{"id":"')) return
      const { id } = JSON.parse(told)
      times.push(performance.now() - (asked.get(id) ?? 0))
      asked.delete(id)
      if (sent < count) ask()
      else if (asked.size === 0) done()
    })
    const started = performance.now()
    for (let n = 0; n < inFlight; n += 1) ask()
    await finished
    const result = inFlight === 1 ? quantile(times, 0.5) : perSecond(count, started)
    lead.end()
    return result
  }

/** A controller's request to the lead, and its answer back: milliseconds, p50. */
export const routed =
  (count: number): Task =>
  async (server) => {
    const session = `relay-${++sessions}`
    const times: number[] = []
    let done: () => void = () => {}
    const finished = new Promise<void>((resolve) => {
      done = resolve
    })
    let started = 0
    let answers = 0
    const lead: Client = await joined(server, 'lead', session, (told) => {
      if (!told.startsWith('{"type":"command"')) return
      const { id } = JSON.parse(told)
      answers += 1
      const actions = [{ action: 'ACK' }]
      lead.send(JSON.stringify({ id, actions, mid: `${GIVEN}${answers}`, n: answers, done: answers - 1 }))
    })
    const ask = (): void => {
      const n = times.length + 1
      started = performance.now()
      const message = { type: 'command', id: `${GIVEN}${n}`, name: 'status', args: '', n, done: n - 1 }
      controller.send(JSON.stringify(message))
    }
    const controller: Client = await joined(server, 'controller', session, (told) => {
      if (!told.startsWith('{"id":"')) return
      times.push(performance.now() - started)
      if (times.length < count) ask()
      else done()
    })
    ask()
    await finished
    lead.end()
    controller.end()
    return quantile(times, 0.5)
  }

function perSecond(count: number, started: number): number {
  return (count / (performance.now() - started)) * 1_000
}
