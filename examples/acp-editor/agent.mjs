// A small agent on ACP's SDK: it counts to the number in its prompt, and asks in the middle. It needs nothing.
import { writeFileSync } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { agent, methods, ndJsonStream } from '@agentclientprotocol/sdk'

const [, , pidFile] = process.argv
if (pidFile !== undefined) writeFileSync(pidFile, String(process.pid))

agent({ name: 'counter' })
  .onRequest(methods.agent.initialize, () => ({ protocolVersion: 1, agentCapabilities: {} }))
  .onRequest(methods.agent.session.new, () => ({ sessionId: crypto.randomUUID() }))
  .onRequest(methods.agent.session.prompt, async ({ params: { sessionId, prompt }, client }) => {
    const say = (text) =>
      client.notify(methods.client.session.update, {
        sessionId,
        update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } },
      })
    const last = Number(/\d+/.exec(prompt[0].text)?.[0] ?? 10)
    for (let at = 1; at <= last; at++) {
      await say(`${at} `)
      await sleep(10)
      if (at !== Math.ceil(last / 2)) continue
      const { outcome } = await client.request(methods.client.session.requestPermission, {
        sessionId,
        toolCall: { toolCallId: 'half', title: 'Count the other half' },
        options: [
          { optionId: 'yes', name: 'Yes', kind: 'allow_once' },
          { optionId: 'no', name: 'No', kind: 'reject_once' },
        ],
      })
      if (outcome.optionId !== 'yes') break
    }
    return { stopReason: 'end_turn' }
  })
  .connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)))
