import { once } from 'node:events'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type GatewayProcess, startGateway } from './gateway-process.ts'

const SECRETS = { all: 'all-may-this', look: 'look-only', wrong: 'wrong-by-one' }
const TOKENS = ['--token', SECRETS.all, '--token', `${SECRETS.look}=guest:observe`]

let gateway: GatewayProcess

beforeAll(async () => {
  gateway = await startGateway(['--port', '0', '--store', 'memory', '--shell', 'none', ...TOKENS])
})
afterAll(() => gateway.stop('SIGKILL'))

interface Guest {
  readonly socket: WebSocket
  /** The next message of a type. */
  told(type: string): Promise<Readonly<Record<string, unknown>>>
  readonly closed: Promise<number>
}

/** With the key where the client wants it: the first frame unless it is empty. */
function guest(query: Readonly<Record<string, string>>, key: string = SECRETS.all): Guest {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/api/ws?${new URLSearchParams(query)}`)
  const messages: Readonly<Record<string, unknown>>[] = []
  let wake = (): void => {}
  socket.on('error', () => {})
  socket.on('open', () => key !== '' && socket.send(JSON.stringify({ authorization: key })))
  socket.on('message', (data) => {
    messages.push(JSON.parse(String(data)))
    wake()
  })
  const closed = once(socket, 'close').then(([code]) => Number(code))
  const told = async (type: string): Promise<Readonly<Record<string, unknown>>> => {
    for (;;) {
      for (let message = messages.shift(); message !== undefined; message = messages.shift()) {
        if (message['type'] === type) return message
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return { socket, told, closed }
}

it.each([
  ['a wrong token', { role: 'lead' }, SECRETS.wrong, 4401],
  ['a wrong token in the query', { role: 'lead', api_key: SECRETS.wrong }, '', 4401],
  ['a missing scope', { role: 'lead' }, SECRETS.look, 4403],
  ['an unknown session', { role: 'observer', sessionId: 'none' }, SECRETS.all, 4404],
  ['a role that is none', { role: 'king' }, SECRETS.all, 4400],
])('the hub refuses %s', async (_name, query, key, code) => {
  expect(await guest(query, key).closed).toBe(code)
})

it('the hub refuses a second lead, and a driver that another has replaced', async () => {
  const first = guest({ role: 'lead', sessionId: 's', driverInstanceId: 'one' })
  await first.told('init')
  expect(await guest({ role: 'lead', sessionId: 's', driverInstanceId: 'two' }).closed).toBe(4409)
  first.socket.terminate()
  await first.closed
  let next = guest({ role: 'lead', sessionId: 's', driverInstanceId: 'two' })
  // The gateway may hear of the end a moment later.
  while ((await Promise.race([next.told('init'), next.closed])) === 4409) {
    next = guest({ role: 'lead', sessionId: 's', driverInstanceId: 'two' })
  }
  expect(await guest({ role: 'lead', sessionId: 's', driverInstanceId: 'one' }).closed).toBe(4410)
  next.socket.terminate()
})

it.each([
  ['no JSON', '{'],
  ['null', 'null'],
  ['a wrong type', JSON.stringify({ type: 'event', id: 1, event: 'x', data: {} })],
  ['binary', Buffer.from([0, 255, 1])],
  ['what nobody knows', JSON.stringify({ type: 'dance' })],
])('the hub answers %s with protocol_error, and the lead goes on', async (_name, frame) => {
  const lead = guest({ role: 'lead' })
  await lead.told('init')
  lead.socket.send(frame)
  expect(await lead.told('protocol_error')).toMatchObject({ message: expect.stringMatching(/./) })
  lead.socket.send(JSON.stringify({ type: 'ping', timestamp: 7 }))
  expect(await lead.told('pong')).toMatchObject({ echoedTimestamp: 7 })
  lead.socket.terminate()
})

it('the hub answers what an observer may not send, and disconnects one that sends too much at once', async () => {
  const lead = guest({ role: 'lead' })
  const { sessionId } = await lead.told('init')
  const observer = guest({ role: 'observer', sessionId: String(sessionId) }, SECRETS.look)
  await observer.told('session_hydration')
  observer.socket.send(JSON.stringify({ type: 'event', id: '1', event: 'x', data: {} }))
  expect(await observer.told('protocol_error')).toMatchObject({ code: 'forbidden_message' })
  lead.socket.send('x'.repeat(2_000_000))
  expect(await lead.closed).toBe(1009)
  expect(observer.socket.readyState).toBe(WebSocket.OPEN)
})

it('the hub is healthy after all refusals, and has revealed no secret', async () => {
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200)
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
  const { stdout, stderr } = await gateway.stop('SIGTERM')
  for (const secret of Object.values(SECRETS)) expect(stdout + stderr + metrics).not.toContain(secret)
})
