import { setTimeout as pause } from 'node:timers/promises'
import type { NewEvent } from '@holdfast/log'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type NatsServers, startNats } from '../../../scripts/nats-processes.ts'
import { mayGoWithout, natsServerProgram } from '../../../scripts/nats-server.ts'
import { type NatsLog, natsLog } from '../src/index.ts'

const missing = mayGoWithout(natsServerProgram())
const FREE = { id: 'p', fence: 0 }
/** Records of another gateway that may come before one that waits. */
const MOST_BEFORE = 12
let ids = 0
const event = (kind: string): NewEvent => ({ id: `e${++ids}`, kind, at: 0, payload: null })

describe.skipIf(missing !== undefined)(missing ?? 'gateways that write one session', () => {
  let servers: NatsServers
  let stores = 0
  beforeAll(async () => {
    servers = await startNats()
  })
  afterAll(() => servers?.stop())

  async function gateways(count: number): Promise<readonly NatsLog[]> {
    const prefix = `f${++stores}`
    const logs = Array.from({ length: count }, () => natsLog({ servers: servers.urls, prefix, shards: 1 }))
    await Promise.all(logs.map((log) => log.opened))
    await logs[0]?.createSession('s')
    return logs
  }

  /** Writes without a pause until it is told to stop. */
  function busy(log: NatsLog): { readonly records: () => number; readonly end: () => Promise<void> } {
    let records = 0
    let isOver = false
    const work = (async () => {
      while (!isOver) {
        const { outcome } = await log.append('s', [event('busy')], { producer: FREE })
        expect(outcome).toBe('appended')
        records++
      }
    })()
    return {
      records: () => records,
      end: () => {
        isOver = true
        return work
      },
    }
  }

  it.each([2, 3])(
    'the writers of a session take turns: of %i, one that writes seldom waits for a few records of the busy ones',
    async (count) => {
      const [seldom, ...others] = await gateways(count)
      if (seldom === undefined) throw new Error('expected a log')
      const writers = others.map((log) => busy(log))
      const records = (): number => writers.reduce((sum, writer) => sum + writer.records(), 0)
      const before: number[] = []
      const ms: number[] = []
      for (let n = 0; n < 20; n++) {
        const [asked, since] = [records(), performance.now()]
        const { outcome } = await seldom.append('s', [event('seldom')], { producer: FREE })
        before.push(records() - asked)
        ms.push(Math.round(performance.now() - since))
        expect(outcome).toBe('appended')
        await pause(20)
      }
      await Promise.all(writers.map((writer) => writer.end()))
      if (process.env['HOLDFAST_FIGURES'] !== undefined) console.log(count, before, ms, records())
      expect(Math.max(...before)).toBeLessThanOrEqual(MOST_BEFORE * (count - 1))
      await Promise.all([seldom, ...others].map((log) => log.close()))
    },
  )
})
