import type { SessionLog } from '@holdfast/log'
import { type SuiteOpenOptions, sessionLogConformance } from '@holdfast/log/conformance'
import { afterAll, beforeAll, describe } from 'vitest'
import { type NatsServers, startNats } from '../../../scripts/nats-processes.ts'
import { mayGoWithout, natsServerProgram } from '../../../scripts/nats-server.ts'
import { natsLog } from '../src/index.ts'

const missing = mayGoWithout(natsServerProgram())

// Three servers take most of the suite's time: `pnpm test:suites`.
for (const count of process.env['HOLDFAST_LONG'] === '1' ? ([1, 3] as const) : ([1] as const)) {
  describe.skipIf(missing !== undefined)(missing ?? `${count} servers`, () => {
    let servers: NatsServers
    beforeAll(async () => {
      servers = await startNats({ count, sync: 'default' })
    })
    afterAll(() => servers?.stop())

    async function open(options: SuiteOpenOptions): Promise<SessionLog> {
      const log = natsLog({ servers: servers.urls, shards: 2, ...options })
      await log.opened
      return log
    }

    sessionLogConformance({
      name: `nats, ${count} servers`,
      // One store for all: creating streams takes longer than emptying them.
      async open(options) {
        const log = await open(options)
        for (const { id } of (await log.listSessions()).sessions) await log.removeSession(id)
        return log
      },
      async reopen(log, options) {
        await log.close()
        return open(options)
      },
      // Another gateway, while the first one still believes that it is there.
      crash: (_log, options) => open(options),
    })
  })
}
