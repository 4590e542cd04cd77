import { connect } from 'node:net'
import { SESSION_ID_NAME } from '@holdfast/protocol/shell'
import { afterEach, expect, it } from 'vitest'
import { refusal, startServer, TestClient, type TestServer } from './support.ts'

let server: TestServer
const dial = (path: string, token = 'secret'): Promise<TestClient> => TestClient.dial(`${server.url}${path}`, { token })
afterEach(() => server[Symbol.asyncDispose]())

it('the shell host refuses missing, wrong and weak credentials before there is a terminal', async () => {
  server = await startServer()
  const url = `${server.url}/shells?shellId=one`
  expect(await refusal(url)).toEqual({ status: 401, code: 'shell/unauthorized' })
  expect(await refusal(url, { token: 'wrong' })).toEqual({ status: 401, code: 'shell/unauthorized' })
  expect(await refusal(url, { token: 'weak' })).toEqual({ status: 403, code: 'shell/forbidden' })
  expect(await refusal(`${url}&api_key=wrong`)).toEqual({ status: 401, code: 'shell/unauthorized' })
  expect(server.host.list()).toEqual([])
})

it('the shell host takes credentials from header, query and subprotocol, and never echoes the one with the token', async () => {
  server = await startServer()
  const url = `${server.url}/shells?shellId=one`
  const byKey = await TestClient.dial(`${url}&api_key=secret`)
  await byKey.until(() => byKey.confirmation !== undefined)
  const token = Buffer.from('secret').toString('base64url')
  const protocols = [`base64UrlBearerAuthorization.${token}`, 'base64UrlBearerAuthorization']
  const byProtocol = await TestClient.dial(url, { protocols })
  expect(byProtocol.socket.protocol).toBe('base64UrlBearerAuthorization')
})

it('the shell host refuses foreign origins and takes its own and the allowed ones', async () => {
  server = await startServer({ origins: ['https://app.example'] })
  const url = `${server.url}/shells?shellId=one`
  const from = (origin: string) => ({ token: 'secret', headers: { origin } })
  for (const origin of ['https://evil.example', 'null', 'https://app.example.evil.example', 'file://']) {
    expect(await refusal(url, from(origin))).toEqual({ status: 403, code: 'shell/forbidden' })
  }
  for (const origin of ['https://app.example', server.url.replace('ws:', 'http:')]) {
    const client = await TestClient.dial(url, from(origin))
    await client.until(() => client.confirmation !== undefined)
  }
})

it('the shell host gives another principal a shell of its own under an id that is taken, as under any other', async () => {
  server = await startServer()
  const owner = await dial('/shells?shellId=one')
  await owner.until(() => owner.confirmation !== undefined)
  const [{ sessionId: session } = { sessionId: '' }] = server.host.list()
  for (const query of ['&onConflict=fail', '', '&mode=observe', '&onConflict=observe', 'session']) {
    const headers = query === 'session' ? { [SESSION_ID_NAME]: session } : {}
    const url = `${server.url}/shells?shellId=one${query === 'session' ? '' : query}`
    const other = await TestClient.dial(url, { token: 'other', headers })
    await other.until(() => other.confirmation !== undefined)
    expect(other.confirmation?.holdfast?.epoch).not.toBe(owner.confirmation?.holdfast?.epoch)
  }
  expect(new Set(server.host.list().map((shell) => `${shell.shellId} ${shell.owner}`))).toEqual(
    new Set(['one ada', 'one bob']),
  )
  expect(owner.closed).toBeUndefined()
})

it('the shell host asks the authorisation hook for every action', async () => {
  const asked: string[] = []
  server = await startServer({
    authorize: (principal, action, shell) => {
      asked.push(`${principal.id} ${action} ${shell.shellId} ${shell.owner ?? '-'}`)
      return principal.id === 'ada' || action === 'observe'
    },
  })
  const owner = await dial('/shells?shellId=one')
  await owner.until(() => owner.confirmation !== undefined)
  expect(asked).toContain('ada create one -')
  expect(await refusal(`${server.url}/shells?shellId=one`, { token: 'other' })).toMatchObject({ status: 403 })
  const guest = await dial('/shells?shellId=one&mode=observe', 'other')
  await guest.hello()
  guest.control({ type: 'takeover' })
  guest.send('close')
  await guest.until(() => guest.controls.filter((control) => control.type === 'error').length === 2)
  expect(asked).toContain('bob takeover one ada')
  expect(owner.closed).toBeUndefined()
})

it('the shell host refuses malformed ids, values and paths with 400', async () => {
  server = await startServer()
  const paths = ['/shells', '/shells?shellId=', '/shells?shellId=..%2Fetc', '/shells?shellId=a&received=x']
  for (const path of [...paths, '/shells?shellId=a&mode=root', '/runtimes/%ff/ws/shells?shellId=a']) {
    expect(await refusal(`${server.url}${path}`, { token: 'secret' })).toEqual({
      status: 400,
      code: 'shell/bad_request',
    })
  }
  const old = { token: 'secret', protocols: ['v3.channel.k8s.io', 'channel.k8s.io'] }
  const exec = `${server.url}/api/v1/namespaces/n/pods/p/exec?command=ls`
  expect(await refusal(exec, old)).toEqual({ status: 400, code: 'BadRequest' })
  expect(await refusal(exec, { token: 'secret' })).toEqual({ status: 400, code: 'BadRequest' })
  expect(server.host.list()).toEqual([])
})

it('the shell host passes every command through the policy and refuses variables that change which code runs', async () => {
  server = await startServer({ shell: { commands: false } })
  const ask = (query: string) => refusal(`${server.url}/shells?shellId=one${query}`, { token: 'secret' })
  expect(await ask('&command=id')).toEqual({ status: 403, code: 'shell/not_allowed' })
  const names = ['LD_PRELOAD', 'NODE_OPTIONS', 'BASH_ENV', 'PATH', 'HOLDFAST_SHELL_ID', 'A-B', 'SECRET']
  for (const name of names) expect(await ask(`&env=${name}%3Dx`)).toEqual({ status: 403, code: 'shell/not_allowed' })
  const client = await dial('/shells?shellId=one&env=TZ%3DAsia/Tokyo')
  client.type('echo "<$TZ>"\n')
  await client.untilText('<Asia/Tokyo>')
})

it('the shell host gives a shell none of the environment of the server', async () => {
  process.env['SERVER_SECRET'] = 'do-not-tell'
  server = await startServer()
  const client = await dial('/shells?shellId=one')
  client.type('env; echo o""ver\n')
  await client.untilText('over')
  delete process.env['SERVER_SECRET']
  expect(client.text).not.toContain('do-not-tell')
  const names = new Set(client.text.split(/\r?\n/).flatMap((line) => /^([A-Za-z_]+)=/.exec(line)?.[1] ?? []))
  const expected = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'TERM', 'HOLDFAST_SHELL_ID']
  expect([...names].sort()).toEqual(
    [...expected, 'OLDPWD', 'PWD', 'SHLVL', '_'].filter((name) => names.has(name)).sort(),
  )
})

it('the shell host refuses text with 1003, an empty message and one above 64 KiB, each without harm to the shell', async () => {
  server = await startServer()
  const first = await dial('/shells?shellId=one')
  first.socket.send('ls')
  expect(await first.untilClosed()).toMatchObject({ code: 1003 })
  const second = await dial('/shells?shellId=one')
  second.socket.send(new Uint8Array(0))
  expect(await second.untilClosed()).toMatchObject({ code: 1002 })
  const third = await dial('/shells?shellId=one')
  third.socket.send(new Uint8Array(65_537))
  expect(await third.untilClosed()).toMatchObject({ code: 1009 })
  const fourth = await dial('/shells?shellId=one')
  fourth.type('echo al""ive\n')
  await fourth.untilText('alive')
})

it('the shell host gives up on a handshake that takes too long', async () => {
  server = await startServer({ limits: { handshakeTimeoutMs: 20 }, authorize: () => new Promise<boolean>(() => {}) })
  expect(await refusal(`${server.url}/shells?shellId=one`, { token: 'secret' })).toMatchObject({ status: 503 })
})

it('the shell host survives clients that vanish at any point of the upgrade', async () => {
  server = await startServer()
  const { port } = new URL(server.url)
  const head = 'GET /shells?shellId=one HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
  const rest =
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer secret\r\n\r\n'
  for (let index = 0; index < 20; index++) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(`${head}${rest}`, () => {
          socket.resetAndDestroy()
          resolve()
        })
      })
      socket.on('error', () => {})
    })
  }
  const client = await dial('/shells?shellId=two')
  await client.until(() => client.confirmation !== undefined)
})
