/**
 * Appends a second with 1,000 writers in flight, and how long the event loop was held up.
 * From the package: `node --conditions=@holdfast/source bench/append.ts` on a runtime that strips types, or bundled.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { memoryLog, type SessionLog } from '@holdfast/log'
import { sqliteLog } from '../src/index.ts'

const WRITERS = 1_000
const SESSIONS = 100
const SECONDS = 4
const PAYLOAD = { type: 'broadcast', event: 'message_update', data: { text: 'x'.repeat(200) }, category: 'message' }

interface Outcome {
  readonly store: string
  readonly mode: string
  readonly appendsPerSecond: number
  readonly latencyP50Ms: number
  readonly latencyP99Ms: number
  /** CPU time of all threads for one append, the writers' own included. */
  readonly cpuMicros: number
  readonly loopP99Ms: number
  readonly loopMaxMs: number
}

async function measureStore(store: string, log: SessionLog, mode: 'plain' | 'seq' | 'key'): Promise<Outcome> {
  for (let i = 0; i < SESSIONS; i++) await log.createSession(`s${i}`)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const latencies: number[] = []
  const end = performance.now() + SECONDS * 1000
  const write = async (writer: number): Promise<void> => {
    for (let seq = 1; performance.now() < end; seq++) {
      const id = `${mode}-${writer}-${seq}`
      const producer = { id: `${mode}-${writer}`, fence: 0, seq: mode === 'seq' ? seq : undefined }
      const from = performance.now()
      const events = [{ id, kind: 'message_update', at: 0, payload: PAYLOAD }]
      const result = await log.append(`s${writer % SESSIONS}`, events, {
        producer,
        key: mode === 'key' ? id : undefined,
      })
      if (result.outcome !== 'appended') throw new Error(`expected an append, got ${result.outcome}`)
      latencies.push(performance.now() - from)
    }
  }
  const cpu = process.cpuUsage()
  delay.enable()
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
  delay.disable()
  const { user, system } = process.cpuUsage(cpu)
  latencies.sort((a, b) => a - b)
  const at = (part: number) => round(latencies[Math.floor(latencies.length * part)] ?? 0)
  return {
    store,
    mode,
    appendsPerSecond: Math.round(latencies.length / SECONDS),
    latencyP50Ms: at(0.5),
    latencyP99Ms: at(0.99),
    cpuMicros: round((user + system) / latencies.length),
    loopP99Ms: round(delay.percentile(99) / 1e6),
    loopMaxMs: round(delay.max / 1e6),
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

const folder = mkdtempSync(join(process.env['BENCH_DIR'] ?? process.cwd(), 'bench-'))
const results: Outcome[] = []
for (const mode of ['plain', 'seq', 'key'] as const) {
  const log = sqliteLog({ path: join(folder, `${mode}.db`), limits: { maxSessionEvents: 10_000_000 } })
  results.push(await measureStore('sqlite', log, mode))
  await log.close()
}
results.push(await measureStore('memory', memoryLog({ limits: { maxSessionEvents: 10_000_000 } }), 'plain'))
rmSync(folder, { recursive: true })
console.table(results)
