import { HubClient } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'

/** A controller that steers: asks the lead for a command and gives its answer, across any number of drops. */
export async function steer(url: string, sessionId: string, command: string): Promise<unknown> {
  const hub = new HubClient({ transport: nodeWebSocket(), url, sessionId, role: 'controller' })
  try {
    await hub.connect()
    const { actions } = await hub.command('run', command, { onDrop: 'carry', timeoutMs: 60_000 })
    const [answer] = actions
    if (answer?.action !== 'RETURN') throw new Error(`the lead did not run it: ${JSON.stringify(answer)}`)
    return 'result' in answer ? answer.result : undefined
  } finally {
    await hub.close()
  }
}
