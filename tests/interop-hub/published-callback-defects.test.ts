import { HubClient, type HubError } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runPublished, startHub } from './support.ts'

const PROGRAM = `
  const client = new CoderHubWebSocketClient({
    url,
    role: 'lead',
    onMessage: () => { throw new Error('the application is wrong') },
    onOpen: async () => {
      await client.sendAndWait({ type: 'event', event: 'e', data: {} })
      console.log('answered')
      process.exit(0)
    },
  })
  client.connect()
`

describe('hub §9.11 a callback that throws at the answer of a request', () => {
  it('kills the process of the published client, which has its answer', async () => {
    const { url } = await startHub()
    const { code, printed } = await runPublished(url, PROGRAM)
    expect(code).toBe(1)
    expect(printed).toContain('the application is wrong')
    expect(printed).not.toContain('answered')
  })

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
      onError: (error) => void errors.push(error),
    })
    onTestFinished(() => client.terminate())
    await client.connect()
    expect(await client.sendAndWait({ type: 'event', event: 'e', data: {} })).toMatchObject({
      actions: [{ action: 'ACK' }],
    })
    expect(errors[0]).toMatchObject({ code: 'callback_failed', cause: thrown })
    expect(client.isConnected).toBe(true)
  })
})
