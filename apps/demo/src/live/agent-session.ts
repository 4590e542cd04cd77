import { acpStream, type JsonRpcMessage } from '@holdfast/acp'
import { HubClient } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { DEMO_HEARTBEAT, DEMO_RETRY } from './pace.ts'

/** What an agent's session is made with. */
export interface AgentSessionOptions {
  /** Base of the gateway, or of a proxy in front of it. */
  readonly url: string
  readonly token: string
  readonly cwd: string
  readonly signal: AbortSignal
}

/** Makes a session at the gateway's agent. @returns its id @throws in the agent's words where it makes none */
export async function openAgentSession({ url, token, cwd, signal }: AgentSessionOptions): Promise<string> {
  const stream = acpStream({ transport: nodeWebSocket(), url: `${url}/acp`, token, retry: DEMO_RETRY })
  const stop = (): void => void stream.close()
  signal.addEventListener('abort', stop, { once: true })
  const writer = stream.writable.getWriter()
  const messages = stream[Symbol.asyncIterator]()
  const ask = async (id: number, method: string, params: unknown): Promise<Readonly<Record<string, unknown>>> => {
    await writer.write({ jsonrpc: '2.0', id, method, params })
    for (;;) {
      const { value, done } = await messages.next()
      if (done === true || value === undefined) throw new Error('The gateway ended it.')
      if (isAnswer(value, id)) return value.result
    }
  }
  try {
    await ask(1, 'initialize', { protocolVersion: 1, clientCapabilities: {} })
    const { sessionId } = await ask(2, 'session/new', { cwd, mcpServers: [] })
    return String(sessionId)
  } finally {
    signal.removeEventListener('abort', stop)
    await stream.close()
  }
}

/** Prompts it, as an observer would. */
export async function promptAgent(
  options: AgentSessionOptions & { readonly sessionId: string },
  text: string,
): Promise<void> {
  const { url, token, sessionId, signal } = options
  const common = { transport: nodeWebSocket(), url, token, retry: DEMO_RETRY, ...DEMO_HEARTBEAT }
  const client = new HubClient({ ...common, sessionId, role: 'controller' })
  try {
    await client.connect({ signal })
    await client.event('steer', { content: text }, { onDrop: 'carry', signal })
  } finally {
    await client.close()
  }
}

function isAnswer(
  message: JsonRpcMessage,
  id: number,
): message is JsonRpcMessage & { readonly result: Record<string, unknown> } {
  if ('method' in message || message.id !== id) return false
  if ('error' in message) throw new Error(message.error.message)
  return true
}
