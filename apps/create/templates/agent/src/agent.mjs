// The agent: a program that speaks ACP on its standard input and output. It counts to the number in its prompt, and asks half way.
import { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { agent, methods, ndJsonStream } from '@agentclientprotocol/sdk'

const OPTIONS = [
  { optionId: 'yes', name: 'Yes', kind: 'allow_once' },
  { optionId: 'no', name: 'No', kind: 'reject_once' },
]

agent({ name: 'counter' })
  .onRequest(methods.agent.initialize, () => ({ protocolVersion: 1, agentCapabilities: {} }))
  .onRequest(methods.agent.session.new, () => ({ sessionId: crypto.randomUUID() }))
  .onRequest(methods.agent.session.prompt, async ({ params: { sessionId, prompt }, client }) => {
    const last = Number(prompt[0].text)
    for (let at = 1; at <= last; at += 1) {
      const content = { type: 'text', text: `${at} ` }
      await client.notify(methods.client.session.update, {
        sessionId,
        update: { sessionUpdate: 'agent_message_chunk', content },
      })
      await sleep(10)
      if (at !== Math.ceil(last / 2)) continue
      const toolCall = { toolCallId: 'half', title: 'Count the other half' }
      const { outcome } = await client.request(methods.client.session.requestPermission, {
        sessionId,
        toolCall,
        options: OPTIONS,
      })
      if (outcome.optionId !== 'yes') break
    }
    return { stopReason: 'end_turn' }
  })
  .connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)))
