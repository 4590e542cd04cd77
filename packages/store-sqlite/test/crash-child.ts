import { openSync, writeSync } from 'node:fs'
import { sqliteLog } from '../src/index.ts'

/**
 * Appends until it is killed, 64 in flight over 8 sessions. Every acknowledgement becomes a line of the ledger, which is
 * written at once; every 50th is told on the standard output (a pipe that fills would refuse more).
 */
const [, , path = '', ledgerPath = '', round = ''] = process.argv
const ledger = openSync(ledgerPath, 'a')
let acknowledged = 0
const log = sqliteLog({ path })
await log.opened
writeSync(1, 'open\n')
for (let i = 0; i < 8; i++) await log.createSession(`s${i}`)

async function write(writer: number): Promise<never> {
  const session = `s${writer % 8}`
  for (let seq = 1; ; seq++) {
    const id = `${round}-${writer}-${seq}`
    const producer = { id: `${round}-${writer}`, fence: 0, seq }
    const result = await log.append(session, [{ id, kind: 'k', at: 0, payload: 'x'.repeat(seq % 3000) }], { producer })
    if (result.outcome !== 'appended') throw new Error(`expected an append, got ${result.outcome}`)
    writeSync(ledger, `${session} ${result.first} ${id}\n`)
    if (++acknowledged % 50 === 0) writeSync(1, `${acknowledged}\n`)
    if (seq % 200 === 0) await log.putSnapshot(session, result.first - 100, { seq })
    if (seq % 200 === 0) await log.trim(session, { maxEvents: 4_000 })
  }
}
await Promise.all(Array.from({ length: 64 }, (_, writer) => write(writer)))
