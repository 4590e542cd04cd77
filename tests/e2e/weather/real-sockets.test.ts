import { Connection } from '@holdfast/core'
import { nodeWebSocket } from '@holdfast/transport-node'
import { eventStream } from '@holdfast/transport-sse'
import { generate } from 'selfsigned'
import { afterEach, describe, expect, it } from 'vitest'
import { type AnyClient, type Kind, SIX_CLIENTS } from './six-clients.ts'
import { SocketWorld } from './socket-world.ts'

let world: SocketWorld | undefined
let client: AnyClient | undefined
afterEach(async () => {
  await client?.close()
  await world?.end()
  client = world = undefined
})

function made(kind: Kind, url: string): AnyClient {
  client = kind.make({ transport: nodeWebSocket(), stream: eventStream(), url })
  return client
}

async function opened(kind: Kind): Promise<{ server: SocketWorld; client: AnyClient }> {
  const server = new SocketWorld(kind, 'ours')
  world = server
  const open = made(kind, `http://${await server.listen()}`)
  await open.connect()
  return { server, client: open }
}

const PAGE = { status: 403, type: 'text/html', body: '<h1>Forbidden</h1>' }

describe.each(SIX_CLIENTS.map((kind) => [kind.name, kind] as const))('%s over real sockets', (_name, kind) => {
  it("rides out a proxy's 403 after it was open", async () => {
    const { server, client } = await opened(kind)
    server.inBetween = PAGE
    const before = server.asked
    server.cut()
    await expect.poll(() => server.asked - before).toBeGreaterThanOrEqual(2)
    expect(client.isOver()).toBe(false)
    client.say?.('said meanwhile')
    server.inBetween = undefined
    await expect.poll(() => client.isOpen()).toBe(true)
    const { said } = kind
    if (said !== undefined)
      await expect.poll(() => server.heard.some((frame) => frame.includes(said('said meanwhile')))).toBe(true)
  })

  it("believes the server's own word in a body, without a grace", async () => {
    const { server, client } = await opened(kind)
    const body = '{"error":{"code":"hub/not_found","message":"There is no such thing."}}'
    server.inBetween = { status: 404, type: 'application/json', body }
    server.cut()
    await expect.poll(() => client.isOver()).toBe(true)
  })

  it('rejects connect() over a certificate that is not trusted, within one dial, with what to do', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'nobody' }])
    const server = new SocketWorld(kind, 'ours', { key, cert })
    world = server
    const connecting = made(kind, `https://${await server.listen()}`).connect()
    await expect(connecting).rejects.toMatchObject({
      code: expect.any(String),
      message: expect.stringMatching(/certificate.*SELF_SIGNED.*NODE_EXTRA_CA_CERTS/),
    })
  })

  it('rejects connect() over a URL that is none, within one dial, and names the option', async () => {
    const connecting = made(kind, 'wss//host').connect()
    const option = /Option url: Expected the |URL of a WebSocket.*the target has none/
    await expect(connecting).rejects.toMatchObject({ code: expect.any(String), message: expect.stringMatching(option) })
  })
})

it('connect() rejects over a subprotocol that the server does not select, within one dial, with what to do', async () => {
  const [kind] = SIX_CLIENTS
  if (kind === undefined) throw new TypeError('expected a client')
  const server = new SocketWorld(kind, 'ours')
  world = server
  server.selectsNothing = true
  const target = { url: `ws://${await server.listen()}`, protocols: ['a', 'b'] }
  const connection = new Connection({ transport: nodeWebSocket(), target })
  await expect(connection.connect()).rejects.toMatchObject({
    code: 'channel/protocol_not_selected',
    message: expect.stringContaining('Offer one that it speaks'),
  })
  expect(server.asked).toBe(1)
  await connection.close()
})
