import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type ChaosProxy, startChaosProxy, withSeed } from '@holdfast/chaos-proxy'
import { seededRandom } from '@holdfast/testkit'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { connectHouse } from './thermostat-client.ts'

/** A real server of the little protocol: answers each id once, tells everyone of changes, wants the current token. */
class House {
  readonly server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  readonly applied: string[] = []
  readonly #answered = new Set<string>()
  tokens = 0

  constructor() {
    this.server.on('connection', (socket) => {
      socket.on('error', () => {})
      socket.on('message', (data) => this.#take(socket, JSON.parse(data.toString())))
    })
  }

  #take(socket: WebSocket, message: { op: string; id: string; room: string; celsius: number; token: string }): void {
    const { op, id, room, celsius } = message
    if (op === 'beat') socket.send('{"op":"beat"}')
    if (op === 'auth') socket.send(JSON.stringify({ op: message.token === `t${this.tokens}` ? 'hello' : 'denied' }))
    if (op !== 'set') return
    if (!this.#answered.has(id)) {
      this.#answered.add(id)
      this.applied.push(`${room} ${celsius}`)
    }
    socket.send(JSON.stringify({ op: 'done', id }))
    for (const other of this.server.clients) other.send(JSON.stringify({ op: 'changed', room, celsius }))
  }
}

let house: House
let proxy: ChaosProxy

beforeEach(async () => {
  house = new House()
  await once(house.server, 'listening')
  proxy = await startChaosProxy({ target: { host: '127.0.0.1', port: (house.server.address() as AddressInfo).port } })
})

afterEach(async () => {
  for (const socket of house.server.clients) socket.terminate()
  await proxy.close()
  await new Promise((resolve) => house.server.close(resolve))
})

function client(token = async () => `t${house.tokens}`) {
  const changes: string[] = []
  const onChange = (room: string, celsius: number): void => void changes.push(`${room} ${celsius}`)
  return { changes, ...connectHouse({ transport: nodeWebSocket(), url: `ws://${proxy.address}`, token, onChange }) }
}

it('the custom client carries every command across cuts, each applied once', () =>
  withSeed(async (seed) => {
    const random = seededRandom(seed)
    const { set, connection, changes } = client()
    await connection.connect()
    const wanted: string[] = []
    for (let n = 1; n <= 30; n += 1) {
      wanted.push(`kitchen ${n}`)
      const done = set('kitchen', n)
      if (random.chance(0.2)) {
        random.chance(0.5) ? proxy.cut() : proxy.resetMidFrame()
        if (connection.state === 'open') await new Promise((resolve) => connection.on('dropped', resolve))
        connection.reconnect()
      }
      await done
    }
    expect(house.applied).toEqual(wanted)
    // What is pushed while the link is down is lost: this wire has no numbers to go on from. Afterwards it comes.
    await set('hall', 21)
    await expect.poll(() => changes.at(-1)).toBe('hall 21')
    await connection.close()
  }))

it('the custom client asks for a fresh token at every attempt, and parks when it is refused', async () => {
  const { connection } = client(async () => 'stale')
  connection.connect()
  await new Promise<void>((resolve) => {
    connection.on('status', ({ status }) => status.state === 'authRequired' && resolve())
  })
  await connection.close()
})
