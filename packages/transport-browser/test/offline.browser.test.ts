import { expect, it } from 'vitest'
import { commands } from 'vitest/browser'
import { startRemoteServer } from './remote-server.ts'

it('a page is connected again within a second of coming online', async () => {
  const server = await startRemoteServer()
  try {
    const { during, dials, tookMs } = await commands.offlineAndBack(server.number)
    expect(during).toEqual({ onLine: false, state: 'waiting' })
    expect(dials).toBe(1)
    expect(tookMs).toBeGreaterThanOrEqual(0)
    expect(tookMs).toBeLessThan(1_000)
  } finally {
    await server.close()
  }
})
