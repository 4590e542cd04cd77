import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { decodeStatus } from '@holdfast/protocol/shell'
import { CHANNEL_BYTES } from '@holdfast/shell-framing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import requests from './kubernetes/kubectl-1.36.4.json' with { type: 'json' }
import { type SecureGateway, secureGateway, TOKEN, WATCHER } from './kubernetes/secure-gateway.ts'

// What kubectl 1.36.4 asked a gateway for when it was told to exec (with and without input and terminal), cp in both
// directions, attach and get: said again by our own code, so that every run of the tests knows that it is answered.
let gateway: SecureGateway
let ca: string
beforeAll(async () => {
  gateway = await secureGateway()
  ca = readFileSync(gateway.authority, 'utf8')
})
afterAll(() => gateway.close())

interface Answer {
  readonly status: number
  readonly body: { readonly kind?: string; readonly [name: string]: unknown }
}

async function ask(method: string, path: string, headers: object, token = TOKEN): Promise<Answer> {
  const sent = request(`${gateway.url}${path}`, {
    ...{ method, ca, agent: false },
    headers: { ...headers, authorization: `Bearer ${token}` },
  })
  sent.end()
  const [answer]: IncomingMessage[] = await once(sent, 'response')
  if (answer === undefined) throw new Error('no answer')
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(Buffer.from(chunk))
  return { status: answer.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) }
}

/** Everything that a command said over a WebSocket, and how it ended. */
async function execute(path: string, protocol: string, input: readonly (readonly [number, string])[] = []) {
  const headers = { authorization: `Bearer ${TOKEN}` }
  const socket = new WebSocket(gateway.url.replace('https', 'wss') + path, [protocol], { ca, headers })
  const said: Record<number, string> = {}
  let exit: unknown
  socket.on('message', (data: Buffer) => {
    const channel = data[0] ?? 0
    if (channel !== 3) said[channel] = (said[channel] ?? '') + data.subarray(1).toString()
    const status = channel === 3 ? decodeStatus(data.subarray(1)) : undefined
    if (status?.ok === true) exit = status.message
  })
  await once(socket, 'open')
  for (const [channel, text] of input) socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(text)]))
  const began = performance.now()
  const [code] = await once(socket, 'close')
  return { said, exit, code, protocol: socket.protocol, tookMs: performance.now() - began }
}

const plain = requests.filter(({ headers }) => !('upgrade' in headers))
const dials = requests.filter(({ headers }) => 'upgrade' in headers && headers.upgrade === 'websocket')
const KINDS: readonly [RegExp, string, number][] = [
  [/^\/api\?/, 'APIVersions', 200],
  [/^\/apis\?/, 'APIGroupList', 200],
  [/^\/api\/v1\?/, 'APIResourceList', 200],
  [/\/pods\?/, 'PodList', 200],
  [/\/pods\/gateway$/, 'Pod', 200],
  [/\/pods\/shell-x$/, 'Status', 404],
]

it.each(plain.filter(({ path }) => !path.startsWith('/version')))(
  'the gateway answers $method $path of kubectl',
  async ({ method, path, headers }) => {
    const [, kind, status] = KINDS.find(([pattern]) => pattern.test(path)) ?? []
    const answer = await ask(method, path, headers)
    expect([answer.status, answer.body.kind]).toEqual([status, kind])
  },
)

it('the gateway has a version for kubectl', async () => {
  expect((await ask('GET', '/version?timeout=32s', {})).body).toMatchObject({ major: '1' })
})

it.each(dials)('the gateway runs $path for kubectl', async ({ path, headers }) => {
  const isTar = path.includes('command=tar')
  const hasInput = path.includes('stdin=true') && !path.includes('tty=true')
  const input: [number, string][] = hasInput
    ? [
        [0, isTar ? '' : 'typed'],
        [255, '\0'],
      ]
    : []
  const { said, exit, code, protocol, tookMs } = await execute(path, headers['sec-websocket-protocol'] ?? '', input)
  expect(protocol).toBe('v5.channel.k8s.io')
  expect(exit).toMatchObject({ kind: 'exit' })
  // kubectl waits for the server to close.
  expect([code, tookMs < 5_000]).toEqual([1000, true])
  if (path.includes('command=cat')) expect(said[1]).toBe('typed')
  if (path.includes('command=nosuch'))
    expect([exit, said[2]]).toMatchObject([{ code: 127 }, expect.stringContaining('nosuch')])
})

it('a refusal is a Status and nothing else, however kubectl asks', async () => {
  const [spdy] = requests.filter(({ method }) => method === 'POST')
  if (spdy === undefined) throw new Error('no such request')
  const words = 'Nothing runs in the pod gateway that could be attached to: use exec.'
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' }
  const refused = { ...status, message: words, reason: 'BadRequest', code: 400 }
  expect(await ask('POST', spdy.path, spdy.headers)).toEqual({ status: 400, body: refused })
  const forbidden = await ask('POST', spdy.path.replace('attach', 'exec?command=id&'), spdy.headers, WATCHER)
  expect(forbidden).toMatchObject({ status: 403, body: { ...status, reason: 'Forbidden', code: 403 } })
  const none = await ask('POST', spdy.path.replace('gateway', 'nowhere'), spdy.headers)
  expect(none).toMatchObject({ status: 404, body: { message: 'pods "nowhere" not found', reason: 'NotFound' } })
  expect(await ask('GET', '/api', {}, 'wrong')).toMatchObject({ status: 401, body: { kind: 'Status', code: 401 } })
})

it('a client of kubectl that may not use shells sees no pods', async () => {
  expect((await ask('GET', '/api/v1/pods', {}, WATCHER)).body).toMatchObject({ items: [] })
  expect((await ask('GET', '/api/v1/namespaces/default/pods/gateway', {}, WATCHER)).status).toBe(404)
})

/** The first output of a shell. */
function printed(shell: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    shell.on('message', (data: Buffer) => data[0] === CHANNEL_BYTES.stdout && resolve())
  })
}

it.each(['v5.channel.k8s.io', 'v4.channel.k8s.io'])(
  'commands of their own and running shells, over %s',
  async (name) => {
    const pod = '/api/v1/namespaces/default/pods'
    const greeted = await execute(`${pod}/greeting/exec?command=ann&stdout=true`, name)
    expect(greeted.said[1]).toBe('hello from pod ann\n')
    expect((await execute(`${pod}/greeting/attach?stdout=true`, name)).said[1]).toBe('hello from pod\n')
    const headers = { authorization: `Bearer ${TOKEN}` }
    const id = `of-${name.slice(0, 2)}`
    const home = `${gateway.url.replace('https', 'wss')}/shells?shellId=${id}&name=Named-${id}&cwd=/usr`
    const first = new WebSocket(home, { ca, headers })
    const kicked = once(first, 'close')
    // Where a program is can be asked once it has begun: its prompt is there.
    await printed(first)
    const beside = await execute(`${pod}/shell-Named-${id}/exec?command=pwd&stdout=true`, name)
    expect(beside.said[1]).toBe('/usr\n')
    const tty = 'stdin=true&stdout=true&tty=true'
    const typed: [number, string][] = [
      [4, '{"Width":111,"Height":33}'],
      [0, 'echo "<$((6*7))>"; stty size; exit 5\r'],
    ]
    const attached = await execute(`${pod}/shell-${id}/attach?${tty}`, name, typed)
    expect((await kicked)[0]).toBe(4000)
    expect(attached.said[1]).toContain('<42>')
    expect(attached.said[1]).toContain('33 111')
    expect(attached.exit).toMatchObject({ code: 5 })
    const gone = await ask('GET', `${pod}/shell-${id}`, {})
    expect(gone.body).toMatchObject({ kind: 'Pod', status: { phase: 'Failed' } })
  },
)

it('an end of input of who attaches is none for the shell, and exec of a shell is the shell', async () => {
  const headers = { authorization: `Bearer ${TOKEN}` }
  const first = new WebSocket(`${gateway.url.replace('https', 'wss')}/shells?shellId=kept`, { ca, headers })
  await once(first, 'message')
  const path = '/api/v1/namespaces/default/pods/shell-kept'
  const query = 'stdin=true&stdout=true&tty=true'
  const over = new WebSocket(`${gateway.url.replace('https', 'wss')}${path}/attach?${query}`, ['v5.channel.k8s.io'], {
    ...{ ca, headers },
  })
  await once(over, 'message')
  over.send(Buffer.of(255, 0))
  over.send(Buffer.from('\0MARK=lives\r'))
  await new Promise((resolve) => setTimeout(resolve, 200))
  over.close()
  const again = await execute(`${path}/exec?command=bash&${query}`, 'v5.channel.k8s.io', [
    [0, 'echo "<$MARK>"; exit\r'],
  ])
  expect(again.said[1]).toContain('<lives>')
})
