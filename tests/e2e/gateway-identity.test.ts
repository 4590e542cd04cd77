import { afterAll, beforeAll, expect, it } from 'vitest'
import { type GatewayProcess, startGateway } from './gateway-process.ts'

const TOKENS = ['--token', 'mine=me', '--token', 'eyes=watcher:observe']
let gateway: GatewayProcess

beforeAll(async () => {
  gateway = await startGateway([...TOKENS, '--port', '0', '--store', 'memory', '--shell', '/bin/sh'])
})
afterAll(async () => {
  await gateway.stop('SIGTERM')
})

function ask(path: string, token: string, init: RequestInit = {}, { url } = gateway): Promise<Response> {
  return fetch(url + path, {
    ...init,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  })
}

async function identity(token: string): Promise<unknown> {
  return (await ask('/api/me', token)).json()
}

it('an admitted client learns whom its token stands for, and what it may do', async () => {
  expect(await identity('mine')).toMatchObject({
    principal: 'me',
    scopes: expect.arrayContaining(['admin']),
    startsShells: true,
  })
  expect(await identity('eyes')).toMatchObject({ principal: 'watcher', scopes: ['observe'], startsShells: false })
  expect(await identity('eyes')).not.toHaveProperty('grant')
  expect((await ask('/api/me', 'wrong')).status).toBe(401)
  expect(await identity('mine')).toMatchObject({
    command: expect.stringMatching(/^(npx )?holdfast$/),
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
  })
})

it('a page that may open no WebSocket learns that when it asks with POST, and how it would be allowed', async () => {
  const response = await fetch(`${gateway.url}/api/me`, {
    method: 'POST',
    headers: { authorization: 'Bearer mine', origin: 'http://elsewhere.example:5173' },
  })
  expect(response.status).toBe(403)
  expect(await response.text()).toContain('--origin http://elsewhere.example:5173')
  expect((await ask('/api/me', 'mine', { method: 'POST' })).status).toBe(200)
})

it('the holder of a link learns what it permits, and until when; a revoked one is unknown', async () => {
  const made = await ask('/api/grants', 'mine', {
    method: 'POST',
    body: JSON.stringify({ shell: 'build', role: 'write', expiresInMs: 60_000 }),
  })
  const { id, token, endsAt }: Readonly<Record<string, string>> = await made.json()
  expect(await identity(String(token))).toMatchObject({
    scopes: ['shell:write'],
    startsShells: false,
    grant: { by: 'me', shell: 'build', role: 'write', endsAt: Date.parse(String(endsAt)) },
  })
  await ask(`/api/grants/${id}`, 'mine', { method: 'DELETE' })
  expect((await ask('/api/me', String(token))).status).toBe(401)
})

it('the gateway starts no shell where the operator has switched shells off', async () => {
  const without = await startGateway(['--token', 'mine=me', '--port', '0', '--store', 'memory', '--shell', 'none'])
  try {
    expect(await (await ask('/api/me', 'mine', {}, without)).json()).toMatchObject({ startsShells: false })
  } finally {
    await without.stop('SIGTERM')
  }
})
