import { type ClientConnection, client, methods, type Stream } from '@agentclientprotocol/sdk'
import { createWebSocketStream } from '@agentclientprotocol/sdk/experimental/ws-client'
import { acpStream } from '@holdfast/acp'
import { nodeWebSocket } from '@holdfast/transport-node'
import WebSocket from 'ws'
import type { Turn } from './acp-turn.ts'

/** Opens a stream to an endpoint on this machine. */
export type OpenStream = (port: number) => Stream

export const sdkStream: OpenStream = (port) => createWebSocketStream(`ws://127.0.0.1:${port}/acp`, { WebSocket })
export const ourStream: OpenStream = (port) =>
  acpStream({ transport: nodeWebSocket(), url: `ws://127.0.0.1:${port}/acp` })

/** The SDK's own client over a stream, with a session. */
export class Editor {
  readonly seen = new Set<string>()
  readonly connection: ClientConnection
  sessionId = ''
  questions = 0

  constructor(stream: Stream) {
    this.connection = client({ name: 'bench' })
      .onNotification(methods.client.session.update, ({ params: { update } }) => {
        if (update.sessionUpdate !== 'agent_message_chunk' || update.content.type !== 'text') return
        for (const word of update.content.text.split(' ')) this.seen.add(word)
      })
      .onRequest(methods.client.session.requestPermission, () => {
        this.questions += 1
        return { outcome: { outcome: 'selected', optionId: 'yes' } }
      })
      .connect(stream)
  }

  async begin(): Promise<this> {
    const { agent } = this.connection
    await agent.request(methods.agent.initialize, { protocolVersion: 1, clientCapabilities: {} })
    this.sessionId = (await agent.request(methods.agent.session.new, { cwd: '/w', mcpServers: [] })).sessionId
    return this
  }

  async load(sessionId: string): Promise<this> {
    const { agent } = this.connection
    this.sessionId = sessionId
    await agent.request(methods.agent.initialize, { protocolVersion: 1, clientCapabilities: {} })
    await agent.request(methods.agent.session.load, { sessionId, cwd: '/w', mcpServers: [] })
    return this
  }

  async prompt(turn: Turn): Promise<void> {
    const prompt = [{ type: 'text' as const, text: JSON.stringify(turn) }]
    await this.connection.agent.request(methods.agent.session.prompt, { sessionId: this.sessionId, prompt })
  }
}
