import { natsLog } from '@holdfast/store-nats'
import { describe } from 'vitest'
import { type NatsServers, startNats } from '../../scripts/nats-processes.ts'
import { mayGoWithout, natsServerProgram } from '../../scripts/nats-server.ts'
import { publishedSuite } from './suite.ts'

const missing = mayGoWithout(natsServerProgram())
let servers: NatsServers | undefined

describe.skipIf(missing !== undefined)(missing ?? 'with a server of NATS', () => {
  publishedSuite(
    'NATS',
    async () => {
      servers = await startNats({ count: 1, sync: 'default' })
      const log = natsLog({ servers: servers.urls, shards: 2 })
      await log.opened
      return log
    },
    async () => servers?.stop(),
  )
})
