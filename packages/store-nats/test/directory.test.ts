import { setTimeout as pause } from 'node:timers/promises'
import type { Directory } from '@holdfast/log/directory'
import { directoryConformance } from '@holdfast/log/directory-conformance'
import { afterAll, beforeAll, describe } from 'vitest'
import { type NatsServers, startNats } from '../../../scripts/nats-processes.ts'
import { mayGoWithout, natsServerProgram } from '../../../scripts/nats-server.ts'
import { type NatsLog, natsLog } from '../src/index.ts'

const LEASE_MS = 1_000
const missing = mayGoWithout(natsServerProgram())

describe.skipIf(missing !== undefined)(missing ?? 'one server', () => {
  let servers: NatsServers
  let clusters = 0
  beforeAll(async () => {
    servers = await startNats()
  })
  afterAll(() => servers?.stop())

  directoryConformance({
    name: 'nats',
    async open(limits) {
      const prefix = `c${++clusters}`
      const logs = new Map<Directory, NatsLog>()
      return {
        async join(node) {
          const log = natsLog({ servers: servers.urls, prefix, shards: 1 })
          const directory = await log.join(node, { limits, leaseMs: LEASE_MS })
          logs.set(directory, log)
          return directory
        },
        // Its connection goes without a word, and nothing renews its lease.
        crash: async (directory) => logs.get(directory)?.close(),
        lapse: () => pause(LEASE_MS * 1.2),
        async close() {
          for (const [directory, log] of logs) {
            await directory.close()
            await log.close()
          }
        },
      }
    },
  })
})
