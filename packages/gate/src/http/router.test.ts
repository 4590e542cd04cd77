import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { HoldfastError, systemClock } from '@holdfast/contract'
import { fields } from '@holdfast/contract/shape'
import { recordingLogger } from '@holdfast/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { addressOf } from '../../test/support.ts'
import { parseToken, tokenAuthenticate } from '../access/auth.ts'
import { Entrance } from '../access/entrance.ts'
import { attachEndpoints } from '../attach.ts'
import { bodyOf } from './body.ts'
import { errorTable } from './error-table.ts'
import { Router, type RouterOptions, withBody } from './router.ts'

const ROWS = {
  'pets/bad_request': { status: 400 },
  'pets/unauthorized': { status: 401 },
  'pets/forbidden': { status: 403 },
  'pets/not_found': { status: 404 },
  'pets/taken': { status: 409 },
  'pets/busy': { status: 503 },
  'pets/internal': { status: 500 },
}

const errors = errorTable({
  area: 'pets',
  rows: ROWS,
  others: { 'server/method_not_allowed': 'pets/bad_request', 'server/too_large': 'pets/bad_request' },
})

/** A router behind a real server, and how to ask it. */
async function served(parts: Partial<RouterOptions> = {}) {
  const logger = recordingLogger()
  const authenticate = tokenAuthenticate([parseToken('ann=ann:control'), parseToken('olga=olga:observe')])
  const entrance = new Entrance({ authenticate, origins: ['https://app.example'], clock: systemClock, logger })
  const refused: string[] = []
  const router = new Router({
    bases: ['/api/pets', '/pets'],
    routes: [
      { method: 'GET', path: '', run: ({ query }) => ({ body: { pets: [query.get('kind')] } }) },
      {
        method: 'POST',
        path: '',
        scopes: ['control'],
        run: withBody(bodyOf(fields), ({ principal }, body) => ({ status: 201, body: { by: principal.id, ...body } })),
      },
      { method: 'GET', path: '/{id}', run: ({ parameters }) => ({ body: parameters }) },
      {
        method: 'DELETE',
        path: '/{id}',
        permit: ({ parameters: { id = '' } }) => {
          if (id === 'mine') throw new HoldfastError('pets/taken', 'It has an owner.')
          if (id === 'later') throw new HoldfastError('pets/busy', 'Not now.', { details: { waitMs: 4_200 } })
        },
        run: () => {
          throw new TypeError('the secret is 42')
        },
      },
    ],
    entrance,
    errors,
    maxBodyBytes: 64,
    logger,
    refused: (code) => refused.push(code),
    ...parts,
  })
  const server = createServer((_request, response) => response.writeHead(418).end())
  const detach = attachEndpoints(server, { upgrades: [], requests: [router] })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    detach()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const ask = async (line: string, init: RequestInit & { readonly token?: string } = {}) => {
    const [method = '', path = ''] = line.split(' ')
    const { token = 'ann', headers, ...rest } = init
    const authorization = `Bearer ${token}`
    const response = await fetch(`http://127.0.0.1:${addressOf(server).port}${path}`, {
      method,
      headers: { ...headers, ...(token === '' ? {} : { authorization }) },
      ...rest,
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: text.startsWith('{') ? JSON.parse(text) : {},
    }
  }
  return { ask, logger, refused, port: addressOf(server).port }
}

it('a router answers its paths below each base and leaves all others to the server', async () => {
  const { ask } = await served()
  expect((await ask('GET /api/pets?kind=cat')).body).toEqual({ pets: ['cat'] })
  expect((await ask('GET /pets/?kind=dog')).body).toEqual({ pets: ['dog'] })
  expect((await ask('GET /pets/a%20b')).body).toEqual({ id: 'a b' })
  for (const path of ['/petsy', '/pets/a/b', '/pets//', '/']) expect((await ask(`GET ${path}`)).status).toBe(418)
})

it('a router refuses in the order origin, method, credentials, scope, permission, body', async () => {
  const { ask, refused } = await served()
  const origin = 'https://evil.example'
  expect((await ask('PUT /pets/x', { token: 'wrong', headers: { origin } })).body.error.code).toBe('pets/forbidden')
  const put = await ask('PUT /pets/x', { token: 'wrong' })
  expect([put.status, put.body.error.code, put.headers.get('allow')]).toEqual([405, 'pets/bad_request', 'GET, DELETE'])
  const wrong = await ask('POST /pets', { token: 'wrong', body: '{' })
  expect([wrong.status, wrong.body.error.code]).toEqual([401, 'pets/unauthorized'])
  expect(wrong.headers.get('www-authenticate')).toBe('Bearer')
  expect((await ask('POST /pets', { token: 'olga', body: '{' })).body.error.message).toMatch(/scope control/)
  expect((await ask('DELETE /pets/mine')).status).toBe(409)
  const codes = ['forbidden', 'bad_request', 'unauthorized', 'forbidden', 'taken']
  expect(refused).toEqual(codes.map((code) => `pets/${code}`))
})

it('a router reads a body within its bound, and says what is wrong with one', async () => {
  const { ask } = await served()
  expect(await ask('POST /pets', { body: '{"name":"Mia"}' })).toMatchObject({
    status: 201,
    body: { by: 'ann', name: 'Mia' },
  })
  expect((await ask('POST /pets')).body).toEqual({ by: 'ann' })
  for (const body of ['{', '[]', 'null']) {
    expect(await ask('POST /pets', { body })).toMatchObject({
      status: 400,
      body: { error: { code: 'pets/bad_request' } },
    })
  }
  expect((await ask('POST /pets', { body: JSON.stringify('x'.repeat(64)) })).status).toBe(413)
  expect((await ask('GET /pets/%zz')).body.error).toEqual({
    code: 'pets/bad_request',
    message: 'The path cannot be read.',
  })
})

it('a body that is too large is taken to its end, so that who listens only then has the refusal', async () => {
  const { port } = await served()
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  // More than the buffers between them hold.
  const bytes = 64_000_000
  const head = `POST /pets HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ann\r\ncontent-length: ${bytes}\r\n\r\n`
  socket.write(head)
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.write(Buffer.alloc(bytes), (error) => (error ? reject(error) : resolve()))
  })
  while (text === '') await once(socket, 'data')
  expect(text).toMatch(/^HTTP\/1\.1 413 /)
  socket.destroy()
})

it('a router answers preflights, and lets allowed pages read answers and refusals', async () => {
  const { ask } = await served()
  const headers = { origin: 'https://app.example' }
  const preflight = await ask('OPTIONS /pets/x', { token: '', headers })
  expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([204, 'GET, DELETE'])
  for (const token of ['ann', 'wrong']) {
    const answered = await ask('GET /pets', { token, headers })
    expect(answered.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(answered.headers.get('cache-control')).toBe('no-store')
  }
})

it('a router says when to retry, and of a failure only that there was one', async () => {
  const { ask, logger } = await served()
  const later = await ask('DELETE /pets/later')
  expect([later.status, later.headers.get('retry-after')]).toEqual([503, '5'])
  const failed = await ask('DELETE /pets/x')
  expect([failed.status, failed.body.error]).toEqual([500, { code: 'pets/internal', message: 'The server failed.' }])
  expect(logger.lines.filter(({ message }) => message === 'a request failed')).toHaveLength(1)
})

it('a router whose paths are more than its table answers the rest in its own words', async () => {
  const alsoOwns = ({ pathname }: URL): boolean => pathname.startsWith('/pets/')
  const { ask } = await served({ alsoOwns })
  expect(await ask('GET /pets/a/b', { token: '' })).toMatchObject({
    status: 404,
    body: { error: { code: 'pets/not_found' } },
  })
  const elsewhere = await served({ alsoOwns, otherwise: ({ pathname }) => ({ body: { pathname } }) })
  expect((await elsewhere.ask('GET /pets/a/b')).body).toEqual({ pathname: '/pets/a/b' })
  expect((await elsewhere.ask('GET /pets/a/b', { token: 'wrong' })).status).toBe(401)
})

it('a route may ask for no credential, or do without one, and takes bodies as they come', async () => {
  const { ask } = await served({
    routes: [
      {
        method: 'GET',
        path: '/links/{secret}',
        credentials: 'none',
        run: ({ principal }) => ({ body: { by: principal.id } }),
      },
      {
        method: 'GET',
        path: '/open/{name*}',
        credentials: 'optional',
        run: ({ principal, parameters }) => ({ body: { by: principal.id, ...parameters } }),
      },
      { method: 'PUT', path: '/open/{name*}', run: async (call) => ({ body: { bytes: [...(await call.bytes())] } }) },
    ],
    crossOrigin: { sent: ['stream-seq'], read: ['stream-next-offset'] },
  })
  const headers = { origin: 'https://evil.example' }
  const shared = await ask('GET /pets/links/x', { token: 'wrong', headers })
  expect([shared.body, shared.headers.get('access-control-allow-origin')]).toEqual([{ by: '' }, '*'])
  expect(shared.headers.get('access-control-expose-headers')).toBe('stream-next-offset')
  expect((await ask('GET /pets/open/a/b', { token: '' })).body).toEqual({ by: '', name: 'a/b' })
  expect((await ask('GET /pets/open/a', { token: 'ann' })).body).toEqual({ by: 'ann', name: 'a' })
  expect((await ask('GET /pets/open/a', { token: 'wrong' })).status).toBe(401)
  expect((await ask('GET /pets/open/a', { headers })).status).toBe(403)
  expect((await ask('PUT /pets/open/a', { token: '' })).status).toBe(401)
  expect((await ask('PUT /pets/open/a', { body: '{' })).body).toEqual({ bytes: [123] })
  const asked = await ask('OPTIONS /pets/open/a', { headers: { origin: 'https://app.example' } })
  expect(asked.headers.get('access-control-allow-headers')).toContain('stream-seq')
})
