import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { GATEWAY_MAIN, type GatewayProcess, run, startGateway } from './gateway-process.ts'

const TOKENS = ['--token', 'boss', '--token', 'eyes=watcher:observe', '--token', 'hands=typist:shell'] as const
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-gateway-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const bearer = (token: string): { readonly headers: Readonly<Record<string, string>> } => ({
  headers: { authorization: `Bearer ${token}` },
})

/** The status and error of a refused upgrade. */
async function refusal(
  url: string,
  options: object = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  const socket = new WebSocket(url.replace('http', 'ws'), options)
  socket.on('error', () => {})
  const [, response] = await once(socket, 'unexpected-response')
  let body = ''
  for await (const chunk of response) body += chunk
  return { status: response.statusCode, body: JSON.parse(body) }
}

async function opened(
  url: string,
  options: object = {},
): Promise<{ readonly socket: WebSocket; next(): Promise<Record<string, unknown>> }> {
  const socket = new WebSocket(url.replace('http', 'ws'), options)
  const queue: Record<string, unknown>[] = []
  let wake = (): void => {}
  socket.on('message', (data) => {
    queue.push(JSON.parse(String(data)))
    wake()
  })
  await once(socket, 'open')
  const next = async (): Promise<Record<string, unknown>> => {
    for (;;) {
      const message = queue.shift()
      if (message !== undefined) return message
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return { socket, next }
}

describe('a gateway that runs', () => {
  let gateway: GatewayProcess

  beforeAll(async () => {
    gateway = await startGateway(['--port', '0', '--store', 'memory', '--origin', 'https://app.example', ...TOKENS])
  })
  afterAll(async () => {
    await gateway.stop('SIGTERM')
  })

  it('says that it is alive, ready, and how it does', async () => {
    expect(await (await fetch(`${gateway.url}/healthz`)).json()).toEqual({ status: 'ok' })
    expect(await (await fetch(`${gateway.url}/readyz`)).json()).toEqual({ status: 'ready' })
    const metrics = await fetch(`${gateway.url}/metrics`)
    expect(metrics.headers.get('content-type')).toContain('text/plain')
    const text = await metrics.text()
    for (const name of ['holdfast_gateway_ready 1', 'holdfast_hub_sessions', 'holdfast_shell_running', 'process_cpu']) {
      expect(text).toContain(name)
    }
  })

  it('shows a page at the root', async () => {
    const page = await fetch(gateway.url)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
  })

  it.each([
    ['/nope', 404, 'not_found'],
    ['/../../etc/passwd', 404, 'not_found'],
    ['/api/hub/session/none/nothing', 404, 'not_found'],
    ['/api/ws', 426, 'upgrade_required'],
    ['/shells?shellId=one', 426, 'upgrade_required'],
    ['/shells', 401, 'shell/unauthorized'],
    ['/ws', 426, 'upgrade_required'],
    ['/v1/sessions/ws/one/subscribe', 426, 'upgrade_required'],
  ])('answers GET %s with %i and a JSON error', async (path, status, code) => {
    const response = await fetch(gateway.url + path)
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({ error: { code, message: expect.any(String) } })
  })

  it.each(['/', '/healthz', '/nope', '/api/hub/sessions'])('refuses an upgrade of %s with 400', async (path) => {
    expect(await refusal(gateway.url + path, bearer('boss'))).toEqual({
      status: 400,
      body: { error: { code: 'bad_request', message: expect.any(String) } },
    })
  })

  it('answers what is no HTTP with 400', async () => {
    const { connect } = await import('node:net')
    const socket = connect(gateway.port, '127.0.0.1')
    socket.write('what?\r\n\r\n')
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1\.1 400 /)
    socket.destroy()
  })

  describe('credentials', () => {
    it.each([
      ['none', {}, 401],
      ['a wrong one', bearer('wrong'), 401],
      ['one without the scope', bearer('eyes'), 403],
      ['one without the scope', bearer('hands'), 403],
    ])('REST: %s', async (_name, init, status) => {
      const response = await fetch(`${gateway.url}/api/hub/session`, { method: 'POST', ...init })
      expect(response.status).toBe(status)
      expect(await response.json()).toEqual({ error: { code: expect.any(String), message: expect.any(String) } })
    })

    it('REST under both prefixes', async () => {
      for (const prefix of ['/api/hub', '/hub']) {
        const response = await fetch(`${gateway.url}${prefix}/session`, { method: 'POST', ...bearer('boss') })
        expect(response.status).toBe(201)
      }
    })

    it.each([
      ['no credential', {}, 401],
      ['a wrong one', bearer('wrong'), 401],
      ['one without the scope', bearer('eyes'), 403],
    ])('shell: %s', async (_name, options, status) => {
      expect((await refusal(`${gateway.url}/shells?shellId=s`, options)).status).toBe(status)
    })

    it('hub WebSocket: a wrong header is refused at the upgrade', async () => {
      expect((await refusal(`${gateway.url}/api/ws?role=lead`, bearer('wrong'))).status).toBe(401)
    })

    it('hub WebSocket: a missing scope is refused in the words of the protocol', async () => {
      const { socket } = await opened(`${gateway.url}/api/ws?role=lead`, bearer('eyes'))
      const [code] = await once(socket, 'close')
      expect(code).toBe(4403)
    })

    it('are taken from a header, the first frame, and the query', async () => {
      const header = await opened(`${gateway.url}/api/ws?role=lead`, bearer('boss'))
      const query = await opened(`${gateway.url}/api/ws?role=lead&api_key=boss`)
      const frame = await opened(`${gateway.url}/api/ws?role=lead`)
      frame.socket.send(JSON.stringify({ authorization: 'boss' }))
      for (const { socket, next } of [header, query, frame]) {
        expect(await next()).toMatchObject({ type: 'init', role: 'lead' })
        socket.close()
      }
    })

    it('foreign origins are refused, configured ones are not', async () => {
      const url = `${gateway.url}/api/ws?role=lead`
      expect((await refusal(url, { ...bearer('boss'), origin: 'https://evil.example' })).status).toBe(403)
      const { socket, next } = await opened(url, { ...bearer('boss'), origin: 'https://app.example' })
      expect(await next()).toMatchObject({ type: 'init' })
      socket.close()
    })
  })

  it('says which flag allows the page that it refused, once', async () => {
    const other = await startGateway(['--port', '0', '--store', 'memory', '--token', 'boss'])
    const page = { ...bearer('boss').headers, origin: 'http://localhost:5173' }
    for (let times = 0; times < 3; times++) {
      const { status, body } = await refusal(`${other.url}/api/ws?role=lead`, { headers: page })
      expect([status, JSON.stringify(body)]).toEqual([403, expect.stringContaining('--origin http://localhost:5173')])
    }
    const { stderr } = await other.stop('SIGTERM')
    const told = stderr.split('\n').filter((line) => line.includes('an origin was refused'))
    expect(told).toEqual([expect.stringContaining('--origin http://localhost:5173')])
  })

  it('never says a secret', async () => {
    const other = await startGateway(['--port', '0', '--store', 'memory', '--token', 'geheim'])
    await fetch(`${other.url}/api/hub/sessions?api_key=geheim`)
    await fetch(`${other.url}/nope?api_key=geheim`)
    await refusal(`${other.url}/nope?api_key=geheim`)
    const { socket, next } = await opened(`${other.url}/api/ws?role=lead&api_key=geheim`)
    await next()
    socket.terminate()
    expect(await (await fetch(`${other.url}/metrics`)).text()).not.toContain('geheim')
    const { stdout, stderr } = await other.stop('SIGTERM')
    expect(stdout + stderr).not.toContain('geheim')
  })
})

describe('starting', () => {
  it.each([
    [['--port', 'http'], /^--port .+\.$/],
    [['--store', 'redis://127.0.0.1:1'], /^--store .+\.$/],
    [['--shell', '/nonexistent'], /^--shell .+\.$/],
    [['--token', '=x'], /^--token .+\.$/],
    [['--fly'], /fly/],
    [['--data', '/dev/null/none', '--port', '0'], /^--data .+\.$/],
    [['--host', 'host.invalid', '--port', '0'], /host\.invalid/],
  ])('exits 2 with one clear sentence: %j', async (args, sentence) => {
    const { code, stdout, stderr } = await run(GATEWAY_MAIN, args).ended
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr.trimEnd()).toMatch(sentence)
    expect(stderr.trimEnd()).not.toContain('\n')
  })

  it('names all settings that cannot be used, and where the others are listed', async () => {
    const { code, stdout, stderr } = await run(GATEWAY_MAIN, ['--port', 'http', '--sessions', 'mine']).ended
    expect([code, stdout]).toEqual([2, ''])
    const [port, sessions, next, ...more] = stderr.trimEnd().split('\n')
    expect(port).toMatch(/^--port \(HOLDFAST_PORT\): expected .* got "http"\.$/)
    expect(sessions).toMatch(/^--sessions \(HOLDFAST_SESSIONS\): expected open or private, got "mine"\.$/)
    expect(next).toContain('--help')
    expect(more).toEqual([])
  })

  it('exits 1 where the store of a cluster cannot be reached', async () => {
    const { code, stdout, stderr } = await run(GATEWAY_MAIN, ['--store', 'nats://127.0.0.1:1', '--port', '0']).ended
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr.trimEnd()).toMatch(/^[^\n]*127\.0\.0\.1:1[^\n]*$/)
  })

  it('exits 3 where the port, or the data folder, is taken', async () => {
    const data = join(folder, 'taken')
    const first = await startGateway(['--port', '0', '--data', data])
    const second = await run(GATEWAY_MAIN, ['--port', String(first.port), '--data', data]).ended
    expect(second).toMatchObject({ code: 3, stdout: '' })
    expect(second.stderr).toContain(`Port ${first.port}`)
    const third = await run(GATEWAY_MAIN, ['--port', '0', '--data', data]).ended
    expect(third.code).toBe(3)
    expect(third.stderr).toContain('another gateway')
    expect((await first.stop('SIGTERM')).code).toBe(0)
  })

  it('prints one line, and the random token once, apart from it', async () => {
    const gateway = run(GATEWAY_MAIN, ['--port', '0', '--store', 'memory'])
    if (gateway.child.stdout === null) throw new Error('expected an output')
    const [chunk] = await once(gateway.child.stdout, 'data')
    gateway.child.kill('SIGINT')
    const { code, stdout, stderr } = await gateway.ended
    expect(code).toBe(0)
    expect(stdout).toBe(String(chunk))
    expect(stdout).toMatch(/^Holdfast gateway listening on http:\/\/127\.0\.0\.1:\d+ .*\n$/)
    const token = /Token, for this run only: (\S+)/.exec(stderr)?.[1]
    expect(token).toMatch(/^[\w-]{32}$/)
    expect(stdout).not.toContain(token)
  })

  it('switches shells off', async () => {
    const gateway = await startGateway(['--port', '0', '--store', 'memory', '--shell', 'none', '--token', 't'])
    expect((await refusal(`${gateway.url}/shells?shellId=s`, bearer('t'))).status).toBe(403)
    await gateway.stop('SIGTERM')
  })
})

describe('ending', () => {
  const running: GatewayProcess[] = []
  afterEach(async () => {
    for (const gateway of running.splice(0)) await gateway.stop('SIGKILL')
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('drains on %s: clients learn when to come back, exit 0', async (signal) => {
    const gateway = await startGateway(['--port', '0', '--data', join(folder, signal), ...TOKENS])
    running.push(gateway)
    const { socket, next } = await opened(`${gateway.url}/api/ws?role=lead`, bearer('boss'))
    const { sessionId } = await next()
    const shell = new WebSocket(`${gateway.url.replace('http', 'ws')}/shells?shellId=s`, bearer('hands'))
    await once(shell, 'message')
    const stream = await fetch(`${gateway.url}/api/hub/session/${sessionId}/events`, bearer('boss'))
    const closed = [socket, shell].map(async (one) => {
      const [code, reason] = await once(one, 'close')
      return { code, reason: JSON.parse(String(reason)) }
    })
    const ended = gateway.stop(signal)
    expect(await Promise.all(closed)).toEqual([
      { code: 1012, reason: { spreadMs: expect.any(Number) } },
      { code: 1012, reason: { spreadMs: expect.any(Number) } },
    ])
    expect(await stream.text()).toMatch(/retry: ?\d+/)
    const { code, stdout } = await ended
    expect(code).toBe(0)
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).event)
    expect(events).toEqual(['listening', 'draining', 'stopped'])
  })

  it('answers 503 while it drains', async () => {
    const gateway = await startGateway(['--port', '0', '--store', 'memory', ...TOKENS])
    running.push(gateway)
    const { socket, next } = await opened(`${gateway.url}/api/ws?role=lead`, bearer('boss'))
    await next()
    // A client that does not answer the close keeps the drain waiting.
    socket.pause()
    const ended = gateway.stop('SIGTERM')
    let ready = await fetch(`${gateway.url}/readyz`)
    while (ready.status === 200) ready = await fetch(`${gateway.url}/readyz`)
    expect(ready.status).toBe(503)
    expect(await ready.json()).toEqual({ status: 'draining' })
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200)
    expect((await fetch(`${gateway.url}/api/hub/sessions`, bearer('boss'))).status).toBe(503)
    expect((await refusal(`${gateway.url}/api/ws`, bearer('boss'))).status).toBe(503)
    expect((await ended).code).toBe(0)
    socket.terminate()
  })
})
