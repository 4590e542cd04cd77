import { memoryLog } from '@holdfast/log'
import { say } from './surroundings.mjs'

const log = memoryLog()
await log.createSession('s1', { label: 'First' })
const events = [{ id: 'e1', kind: 'message', at: Date.now(), payload: { text: 'hello' } }]
const { outcome } = await log.append('s1', events, { producer: { id: 'me', fence: 0, seq: 1 } })
for await (const item of log.tail('s1', { after: 0, signal: AbortSignal.timeout(1000) })) say(outcome, item.event.id)
