import { type ClientContext, client, methods, PROTOCOL_VERSION, type Stream } from '@agentclientprotocol/sdk'
import type { Turn } from './agent-world.ts'

/** The SDK's own client over any stream, and what it saw. */
export class SdkClient {
  readonly texts: string[] = []
  readonly asked: unknown[] = []
  readonly agent: ClientContext
  readonly closed: Promise<void>
  readonly close: () => void
  /** What is answered to a question. */
  answer: () => Promise<void> = async () => {}

  constructor(stream: Stream) {
    const app = client({ name: 'test' })
      .onNotification(methods.client.session.update, ({ params: { update } }) => {
        if (update.sessionUpdate === 'agent_message_chunk' && update.content.type === 'text') {
          this.texts.push(update.content.text)
        }
      })
      .onRequest(methods.client.session.requestPermission, async ({ params }) => {
        this.asked.push(params)
        await this.answer()
        return { outcome: { outcome: 'selected', optionId: 'yes' } }
      })
    const connection = app.connect(stream)
    this.agent = connection.agent
    this.closed = connection.closed
    this.close = () => connection.close()
  }

  async session(): Promise<string> {
    await this.agent.request(methods.agent.initialize, { protocolVersion: PROTOCOL_VERSION, clientCapabilities: {} })
    const { sessionId } = await this.agent.request(methods.agent.session.new, { cwd: '/work', mcpServers: [] })
    return sessionId
  }

  async prompt(sessionId: string, turn: Turn): Promise<string> {
    const text = JSON.stringify(turn)
    const answer = await this.agent.request(methods.agent.session.prompt, {
      sessionId,
      prompt: [{ type: 'text', text }],
    })
    return answer.stopReason
  }

  /** The text of all updates. */
  get text(): string {
    return this.texts.join('')
  }
}

/** What a turn of so many updates says. */
export function saidBy({ updates, asksAfter }: Turn): string {
  const answer = '[{"outcome":{"outcome":"selected","optionId":"yes"}}]'
  return Array.from({ length: updates }, (_, at) => `${at + 1} ${at + 1 === asksAfter ? answer : ''}`).join('')
}
