import { nodeSocket } from '@holdfast/transport-stream/node'
import { connect } from '@nats-io/transport-node'
import { connectNats } from '../../examples/nats/nats-client.ts'
import { natsServerProgram } from '../../scripts/nats-server.ts'
import { freePort, startProgram, stopProgram } from './program.ts'
import type { Entry, Server, Wire } from './wire.ts'

const ours: Entry = {
  name: 'examples/nats',
  isOurs: true,
  imports: `import { nodeSocket } from '@holdfast/transport-stream/node'
            import { connectNats } from '../examples/nats/nats-client.ts'
            globalThis.x = [nodeSocket, connectNats]`,
  async start(address, id, heard) {
    const client = connectNats({
      transport: nodeSocket(),
      servers: [`tcp://${address}`],
      retry: { preset: 'eager' },
      liveness: { intervalMs: 10_000 },
    })
    await client.connection.connect()
    void (async () => {
      for await (const one of client.subscribe(`down.${id}`)) {
        if (one.type === 'gap') heard.gap()
        else heard.message(Number(Buffer.from(one.message.payload).toString()))
      }
    })()
    return {
      send: (n) => client.publish(`up.${id}`, String(n)).done,
      close: () => client.connection.close({ flushMs: 0 }),
    }
  },
}

const peer: Entry = {
  name: 'nats-core 3.4',
  isOurs: false,
  imports: `import { connect } from '@nats-io/transport-node'; globalThis.x = connect`,
  async start(address, id, heard) {
    const client = await connect({ servers: address, pingInterval: 10_000, maxReconnectAttempts: -1 })
    client.subscribe(`down.${id}`, {
      callback: (error, message) => {
        if (error === null) heard.message(Number(message.string()))
      },
    })
    await client.flush()
    return {
      send: (n) => {
        client.publish(`up.${id}`, String(n))
        return undefined
      },
      close: () => client.close(),
    }
  },
}

export const NATS: Wire = {
  name: 'NATS',
  server: 'nats-server',
  entries: [ours, peer],
  async start(arrived): Promise<Server> {
    const program = natsServerProgram()
    if ('missing' in program) throw new Error(program.missing)
    const port = await freePort()
    const server = await startProgram(program.path, ['-a', '127.0.0.1', '-p', String(port)], port)
    const witness = await connect({ servers: `127.0.0.1:${port}` })
    witness.subscribe('up.*', {
      callback: (error, message) => {
        if (error === null) arrived(message.subject.slice('up.'.length), Number(message.string()))
      },
    })
    await witness.flush()
    return {
      port,
      publish: (id, n) => witness.publish(`down.${id}`, String(n)),
      stop: async () => {
        await witness.close()
        await stopProgram(server)
      },
    }
  },
}
