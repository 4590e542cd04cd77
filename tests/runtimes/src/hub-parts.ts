import { HubClient, type HubOptions } from '@holdfast/hub'
import { type Bench, expect } from './bench.ts'
import type { Part } from './program.ts'

/** What a client of our hub does. */
export const HUB_PARTS: readonly Part[] = [
  { name: 'resumes a session over cuts: each command once, each event once and in order', run: resumes },
]

const COMMANDS = 6

async function resumes(bench: Bench): Promise<void> {
  const url = await bench.ask('/hub')
  const ran: string[] = []
  const seen: unknown[] = []
  const gaps: unknown[] = []
  const join = async (options: Partial<HubOptions>): Promise<HubClient> => {
    const { transport, signals } = bench.options
    const onGap = (gap: unknown): void => void gaps.push(gap)
    const retry = { limits: [], flapLimits: [] }
    const client = new HubClient({ transport, url, signals, clock: bench.clock, retry, onGap, ...options })
    bench.leave(() => client.close())
    await client.connect()
    return client
  }
  const lead = await join({
    role: 'lead',
    onRequest: (request) => {
      ran.push(JSON.stringify(request))
      return [{ action: 'RETURN', result: ran.length }]
    },
  })
  const sessionId = lead.sessionId ?? ''
  const watcher = await join({
    sessionId,
    onMessage: (message) => message.type === 'broadcast' && void seen.push(Object(message.data).n),
  })
  const controller = await join({ sessionId, role: 'controller' })
  const numbers = Array.from({ length: COMMANDS }, (_, n) => n + 1)
  const answers: unknown[] = []
  for (const n of numbers) {
    const answer = controller.command('run', String(n), { onDrop: 'carry' })
    const told = lead.event('task_start', { n }, { onDrop: 'carry' })
    await bench.ask('/hub-cut')
    const { actions } = await answer
    await told
    answers.push(actions[0])
  }
  while (seen.length < COMMANDS) await new Promise<void>((resolve) => bench.clock.uncounted.after(20, resolve))
  expect('commands that ran', ran.length, COMMANDS)
  expect(
    'answers',
    answers,
    numbers.map((n) => ({ action: 'RETURN', result: n })),
  )
  expect('events', seen, numbers)
  expect('gaps', gaps, [])
  const opens = [lead, watcher, controller].map(({ connection }) => connection.metrics.opens)
  expect(`each opened more than once (${opens})`, Math.min(...opens) > 1, true)
}
