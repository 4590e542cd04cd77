import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeSocket } from '@holdfast/transport-stream/node'
import mqtt from 'mqtt'
import { mqttClient } from '../../examples/mqtt/mqtt-client.ts'
import { installDebianPrograms, pathOfDebian } from '../../scripts/terminal-programs.ts'
import { freePort, startProgram, stopProgram } from './program.ts'
import type { Entry, Server, Wire } from './wire.ts'

/** So long a link may be silent before it is asked, for both. In seconds. */
const KEEP_ALIVE_S = 10

const ours: Entry = {
  name: 'examples/mqtt',
  isOurs: true,
  imports: `import { nodeSocket } from '@holdfast/transport-stream/node'
            import { mqttClient } from '../examples/mqtt/mqtt-client.ts'
            globalThis.x = [nodeSocket, mqttClient]`,
  async start(address, id, heard) {
    const client = mqttClient({
      transport: nodeSocket(),
      url: `tcp://${address}`,
      clientId: id,
      retry: { preset: 'eager' },
      liveness: { intervalMs: KEEP_ALIVE_S * 1_000, timeoutMs: 3 * KEEP_ALIVE_S * 1_000 },
    })
    void (async () => {
      for await (const one of client.subscribe(`down/${id}`)) {
        if (one.type === 'gap') heard.gap()
        else heard.message(Number(one.message.payload))
      }
    })()
    await client.connection.connect()
    return { send: (n) => client.publish(`up/${id}`, String(n)), close: () => client.connection.close({ flushMs: 0 }) }
  },
}

const peer: Entry = {
  name: 'mqtt.js 5.16',
  isOurs: false,
  imports: `import mqtt from 'mqtt'; globalThis.x = mqtt.connectAsync`,
  async start(address, id, heard) {
    const client = await mqtt.connectAsync(`mqtt://${address}`, {
      clientId: id,
      clean: false,
      keepalive: KEEP_ALIVE_S,
    })
    client.on('message', (_topic, payload) => heard.message(Number(payload.toString())))
    client.on('error', () => {})
    await client.subscribeAsync(`down/${id}`, { qos: 1 })
    return { send: (n) => client.publishAsync(`up/${id}`, String(n), { qos: 1 }), close: () => client.endAsync(true) }
  },
}

export const MQTT: Wire = {
  name: 'MQTT 3.1.1, QoS 1',
  server: 'mosquitto',
  entries: [ours, peer],
  async start(arrived): Promise<Server> {
    installDebianPrograms({ mosquitto: 'mosquitto' })
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-peers-'))
    const port = await freePort()
    const settings = [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      'persistence false',
      'max_queued_messages 0',
    ]
    writeFileSync(join(folder, 'mosquitto.conf'), settings.map((line) => `${line}\n`).join(''))
    const args = ['-c', join(folder, 'mosquitto.conf')]
    const broker = await startProgram('mosquitto', args, port, { PATH: pathOfDebian() })
    const witness = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: 'witness' })
    witness.on('message', (topic, payload) => arrived(topic.slice('up/'.length), Number(payload.toString())))
    await witness.subscribeAsync('up/#', { qos: 1 })
    return {
      port,
      publish: (id, n) => void witness.publish(`down/${id}`, String(n), { qos: 1 }),
      stop: async () => {
        await witness.endAsync(true)
        await stopProgram(broker)
      },
    }
  },
}
