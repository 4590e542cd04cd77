import { HubClient, type HubError } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startHub } from './support.ts'

describe('hub §9.11 a callback that throws at the answer of a request', () => {
  it('is reported by ours, and the request is answered', async () => {
    const { url } = await startHub()
    const thrown = new Error('the application is wrong')
    const errors: HubError[] = []
    const client = new HubClient({
      transport: nodeWebSocket(),
      url,
      role: 'lead',
      onMessage: () => {
        throw thrown
      },
      onProblem: (error) => void errors.push(error),
    })
    onTestFinished(() => client.close({ flushMs: 0 }))
    await client.connect()
    expect(await client.request({ type: 'event', event: 'e', data: {} })).toMatchObject({
      actions: [{ action: 'ACK' }],
    })
    expect(errors[0]).toMatchObject({ code: 'hub/callback_failed', cause: thrown })
    expect(client.isConnected).toBe(true)
  })
})
