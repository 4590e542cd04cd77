import { HubClient } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { expect, it } from 'vitest'
import { Questions } from './questions.ts'
import { startWorld } from './world.ts'

/** As many as the lead asks in an hour. */
const HOUR_OF_QUESTIONS = 70

async function joined(url: string, token: string, sessionId: string): Promise<readonly string[]> {
  const asked: string[] = []
  const late = new HubClient({
    ...{ transport: nodeWebSocket(), url, token, sessionId, role: 'controller' },
    onMessage: (message) => {
      if (message.type === 'rpc_ui_request') asked.push(String(message['id']))
    },
  })
  await late.connect()
  // A last event of the log: whatever is told again comes before its answer.
  await late.command('count', '', { timeoutMs: 10_000 })
  await late.close()
  return asked
}

it('the demonstration ends every unanswered question, so that none is open for later clients', async () => {
  const world = await startWorld({ port: '0' })
  try {
    const lead = new HubClient({
      ...{
        transport: nodeWebSocket(),
        url: world.gateway.url,
        token: world.leadToken,
        role: 'lead',
        driverMode: 'rpc',
      },
      onMessage: (message) => questions.receive(message),
      onRequest: () => [{ action: 'ACK' }],
    })
    const questions = new Questions((message) => void lead.send(message))
    await lead.connect()
    const stop = new AbortController()
    for (let n = 0; n < HOUR_OF_QUESTIONS; n++) {
      expect(await questions.ask('confirm', { title: 'May I?' }, stop.signal, 1)).toMatchObject({ answered: false })
    }
    expect(questions.count).toBe(0)
    expect(await joined(world.gateway.url, world.token, lead.sessionId ?? '')).toEqual([])
    const waiting = questions.ask('confirm', { title: 'And now?' }, stop.signal, 60_000)
    expect(await joined(world.gateway.url, world.token, lead.sessionId ?? '')).toHaveLength(1)
    stop.abort()
    expect(await waiting).toMatchObject({ granted: false })
    expect(await joined(world.gateway.url, world.token, lead.sessionId ?? '')).toEqual([])
    await lead.close()
  } finally {
    await world.close()
  }
})
