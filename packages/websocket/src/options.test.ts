import { expect, it } from 'vitest'
import { LinkWebSocket, ReconnectingWebSocket } from './index.ts'

const NONSENSE = [
  { connectionTimeout: Number.NaN },
  { connectionTimeout: -1 },
  { maxQueuedBytes: Number.NaN },
  { maxQueuedBytes: 0 },
  { minReconnectionDelay: -5 },
  { maxReconnectionDelay: Number.NaN },
  { minReconnectionDelay: 100, reconnectionDelayGrowFactor: 0 },
  { reconnectionDelayGrowFactor: Number.NaN },
  { minUptime: -1 },
  { maxRetries: Number.NaN },
  { maxEnqueuedMessages: Number.NaN },
]

it.each(NONSENSE)('the drop-in refuses %o under the name that was given, and dials nothing', (options) => {
  const [option] = Object.keys(options).slice(-1)
  for (const Socket of [LinkWebSocket, ReconnectingWebSocket]) {
    const make = (): unknown => new Socket('ws://server.example/', [], options)
    expect(make).toThrow(expect.objectContaining({ code: 'connection/invalid_option', details: { option } }))
  }
})
