import { once } from 'node:events'
import { createServer, type IncomingMessage, request as send } from 'node:http'
import { expect, it } from 'vitest'
import { requestCredentials } from '../access/credentials.ts'
import { CompactRequest } from './compact-request.ts'

it('a kept request says what the request said', async () => {
  const server = createServer((_request, response) => response.end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const requested = once(server, 'request')
  const headers = { authorization: 'Bearer secret', cookie: ['a=1', 'b=2'], 'x-two': ['1', '2'] }
  const client = send({ port: Number(Object(server.address()).port), path: '/api/ws?api_key=k', headers })
  client.end()
  const [came]: IncomingMessage[] = await requested
  const { request } = new CompactRequest(came ?? expect.fail())
  expect(request.headers).toEqual(came?.headers)
  expect([request.method, request.url, request.socket]).toEqual([came?.method, came?.url, came?.socket])
  expect(request.rawHeaders.map((word) => word.toLowerCase())).toEqual(
    expect.arrayContaining(['x-two', '1, 2', 'cookie']),
  )
  expect(requestCredentials(request)).toMatchObject({ bearer: 'secret', apiKey: 'k' })
  server.close()
  server.closeAllConnections()
})
