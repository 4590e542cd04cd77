import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type GatewayProcess, startGateway } from './gateway-process.ts'

const AUTHORIZED = { headers: { authorization: 'Bearer t' } } as const
/** A kill in each round, and so many acknowledgements before it. */
const ROUNDS = 3
const ACKED_BEFORE_KILL = [150, 40, 400] as const
/** Messages that are unacknowledged at most: the kill hits some of them. */
const IN_FLIGHT = 64

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-kill-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Lead {
  /** Ids that the gateway confirmed. */
  readonly acked: Set<string>
  readonly sent: string[]
  sessionId: string
}

/** A plain WebSocket as lead: keeps events coming until enough are acknowledged, then kills the gateway at once. */
async function leadUntilKilled(gateway: GatewayProcess, lead: Lead, round: number): Promise<void> {
  const enough = lead.acked.size + (ACKED_BEFORE_KILL[round] ?? 100)
  const session = lead.sessionId === '' ? '' : `&sessionId=${lead.sessionId}`
  const url = `${gateway.url.replace('http', 'ws')}/api/ws?role=lead&resume=1${session}`
  const socket = new WebSocket(url, AUTHORIZED)
  socket.on('error', () => {})
  let unacked = 0
  let isKilled = false
  const more = (): void => {
    while (!isKilled && unacked < IN_FLIGHT) {
      const id = `e${lead.sent.length}`
      lead.sent.push(id)
      unacked += 1
      socket.send(JSON.stringify({ type: 'event', id, event: 'agent_progress', data: { number: lead.sent.length } }))
    }
  }
  socket.on('message', (data) => {
    const message = JSON.parse(String(data))
    if (message.type === 'init') {
      lead.sessionId = message.sessionId
      more()
    }
    if (message.type !== 'acked') return
    for (const id of message.ids) lead.acked.add(id)
    unacked -= message.ids.length
    if (lead.acked.size >= enough && !isKilled) {
      isKilled = true
      gateway.child.kill('SIGKILL')
    }
    more()
  })
  await once(socket, 'close')
  await gateway.ended
}

/** The numbers of all events that an observer is given from the very beginning, and those that REST tells. */
async function replayed(
  gateway: GatewayProcess,
  sessionId: string,
  count: number,
): Promise<{ socket: number[]; rest: number[] }> {
  const rest: number[] = []
  for (let offset = 0; offset < count; offset += 500) {
    const path = `/api/hub/session/${sessionId}/events/history?limit=500&offset=${offset}`
    const page = await (await fetch(gateway.url + path, AUTHORIZED)).json()
    for (const { event, payload } of page.events) if (event === 'agent_progress') rest.push(payload.number)
  }
  return { rest: rest.sort((a, b) => a - b), socket: await fromTheStart(gateway, sessionId) }
}

async function fromTheStart(gateway: GatewayProcess, sessionId: string): Promise<number[]> {
  const observe = (after: string): WebSocket =>
    new WebSocket(
      `${gateway.url.replace('http', 'ws')}/api/ws?role=observer&resume=1&sessionId=${sessionId}${after}`,
      AUTHORIZED,
    )
  const fresh = observe('')
  const [first] = await once(fresh, 'message')
  fresh.terminate()
  const { epoch } = JSON.parse(String(first)).holdfast
  const socket = observe(`&after=${epoch}.0.`)
  const numbers: number[] = []
  await new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const message = JSON.parse(String(data))
      if (message.type === 'broadcast' && message.event === 'agent_progress') numbers.push(message.data.number)
      if (message.type === 'live') resolve()
    })
  })
  socket.terminate()
  return numbers
}

it('a gateway loses nothing acknowledged when it is killed with kill -9 at any moment', async () => {
  const args = ['--port', '0', '--data', join(folder, 'data'), '--token', 't']
  const lead: Lead = { acked: new Set(), sent: [], sessionId: '' }
  for (let round = 0; round < ROUNDS; round++) await leadUntilKilled(await startGateway(args), lead, round)
  const gateway = await startGateway(args)
  try {
    const { socket, rest } = await replayed(gateway, lead.sessionId, lead.sent.length)
    const acknowledged = [...lead.acked].map((id) => lead.sent.indexOf(id) + 1).sort((a, b) => a - b)
    expect(acknowledged.length).toBeGreaterThanOrEqual(590)
    // Each once, in order, all that was acknowledged; what was not may be there too.
    expect(socket).toEqual([...new Set(socket)].sort((a, b) => a - b))
    expect(rest).toEqual(socket)
    expect(acknowledged.filter((number) => !socket.includes(number))).toEqual([])
  } finally {
    await gateway.stop('SIGTERM')
  }
})
