import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHub, memoryLog } from '@holdfast/server'
import { steer } from './controller.ts'
import { lead } from './lead.ts'
import { observeEvents } from './observe-events.ts'
import { observeWebSocket } from './observe-web-socket.ts'

/** The whole story on a hub of its own: resolves with the command's result when everybody has seen the end. */
export async function session(command: string, print: (line: string) => void): Promise<unknown> {
  const server = createServer()
  const hub = createHub({ log: memoryLog() })
  hub.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    const leading = await lead(url)
    const watching = [
      observeWebSocket(url, leading.sessionId, (line) => print(`[web socket] ${line}`)),
      observeEvents(url, leading.sessionId, (line) => print(`[events]     ${line}`)),
    ]
    // Both are in the session before anything happens in it.
    while (hub.size < 3) await new Promise((resolve) => setTimeout(resolve, 10))
    const result = await steer(url, leading.sessionId, command)
    const told = await hub.session(leading.sessionId)
    await told.publish('session_complete', {})
    told.close()
    await Promise.all(watching)
    await leading.close()
    return result
  } finally {
    await hub.close()
    server.closeAllConnections()
    server.close()
  }
}
