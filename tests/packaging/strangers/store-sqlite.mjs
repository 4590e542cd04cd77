import { mkdtempSync } from 'node:fs'
import { sqliteLog } from '@holdfast/store-sqlite'
import { say } from './surroundings.mjs'

const log = sqliteLog({ path: `${mkdtempSync('./data-')}/sessions.db` })
await log.opened
await log.createSession('s1', { label: 'First' })
const events = [{ id: 'e1', kind: 'message', at: Date.now(), payload: { text: 'hello' } }]
const { outcome } = await log.append('s1', events, { producer: { id: 'me', fence: 0, seq: 1 } })
for await (const item of log.tail('s1', { after: 0, signal: AbortSignal.timeout(1000) })) say(outcome, item.event.id)
