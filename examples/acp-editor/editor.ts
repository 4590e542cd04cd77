import { client, methods, PROTOCOL_VERSION } from '@agentclientprotocol/sdk'
import { acpStream } from '@holdfast/acp'
import { nodeWebSocket } from '@holdfast/transport-node'

/** What an editor needs of its surroundings. */
export interface EditorOptions {
  readonly url: string
  readonly token: string
  readonly folder: string
  readonly prompt: string
  readonly onText: (text: string) => void
  /** Whether a tool may do what it says. */
  readonly onQuestion: (title: string) => Promise<boolean>
}

/** Prompts an agent once, and shows what it says. It is written as if no connection ever dropped. */
export async function edit({ url, token, folder, prompt, onText, onQuestion }: EditorOptions): Promise<string> {
  const app = client({ name: 'editor' })
    .onNotification(methods.client.session.update, ({ params: { update } }) => {
      if (update.sessionUpdate === 'agent_message_chunk' && update.content.type === 'text') onText(update.content.text)
    })
    .onRequest(methods.client.session.requestPermission, async ({ params: { toolCall, options } }) => {
      const isAllowed = await onQuestion(toolCall.title ?? 'a tool')
      const option = options.find(({ kind }) => kind === (isAllowed ? 'allow_once' : 'reject_once'))
      if (option === undefined) return { outcome: { outcome: 'cancelled' } }
      return { outcome: { outcome: 'selected', optionId: option.optionId } }
    })

  // The one line. Before: createWebSocketStream(url, { WebSocket, headers: { authorization: `Bearer ${token}` } })
  const stream = acpStream({ transport: nodeWebSocket(), url, token })

  return app.connectWith(stream, async (agent) => {
    await agent.request(methods.agent.initialize, { protocolVersion: PROTOCOL_VERSION, clientCapabilities: {} })
    const { sessionId } = await agent.request(methods.agent.session.new, { cwd: folder, mcpServers: [] })
    const { stopReason } = await agent.request(methods.agent.session.prompt, {
      sessionId,
      prompt: [{ type: 'text', text: prompt }],
    })
    return stopReason
  })
}
