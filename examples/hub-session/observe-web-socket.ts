import { subscribeToHub } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'

/** An observer in ten lines, over WebSocket. Ends when the session completes. */
export async function observeWebSocket(url: string, sessionId: string, print: (line: string) => void): Promise<void> {
  for await (const message of subscribeToHub({ transport: nodeWebSocket(), url, sessionId })) {
    if (message.type === 'gap') print(`something is missing here: ${String(message['reason'])}`)
    if (message.type !== 'broadcast') continue
    print(`${String(message['event'])} ${JSON.stringify(message['data'])}`)
    if (message['event'] === 'session_complete') break
  }
}
