import { decodeStatus } from '@holdfast/protocol/shell'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { ACCESS, type Ask, type Caller, callersIn } from './access/table.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'

const ALL = 'lead+observe+control+shell+track'
const OWNER = 'owner-token'
const SECRETS: Partial<Record<Caller, string>> = {
  wrong: 'no-such-token',
  observe: 'observe-token',
  control: 'control-token',
  lead: 'lead-token',
  shell: 'shell-token',
  track: 'track-token',
  admin: 'admin-token',
  other: 'other-token',
  owner: OWNER,
}
const SCOPES: Readonly<Record<string, string>> = { other: ALL, owner: ALL }

let gateway: GatewayProcess
let tokens: Partial<Record<Caller, string>>
let ids: { readonly private: string; readonly open: string }
let ownShell: WebSocket
let ownEpoch: string | undefined

beforeAll(async () => {
  const known = Object.entries(SECRETS).filter(([caller]) => caller !== 'wrong')
  const list = known.map(([caller, secret]) => `${secret}=${caller}:${SCOPES[caller] ?? caller}`)
  gateway = await startGateway([
    '--port',
    '0',
    '--store',
    'memory',
    '--kubernetes',
    ...list.flatMap((token) => ['--token', token]),
  ])
  ids = { private: await made('private'), open: await made('organization') }
  // Something for subscribers to be told.
  for (const id of [ids.private, ids.open]) await owners('PATCH', `/api/hub/session/${id}`, { label: 'told' })
  ownShell = dial('/shells?shellId=work', OWNER)
  ownEpoch = (await confirmation(ownShell))?.epoch
  const grant = async (body: object): Promise<string> => (await owners('POST', '/api/grants', body))['token'] ?? ''
  tokens = {
    ...SECRETS,
    grant: await grant({ session: ids.private }),
    shellGrant: await grant({ shell: 'work', role: 'write' }),
  }
})
afterAll(async () => {
  ownShell.terminate()
  await gateway.stop('SIGTERM')
})

it.each(ACCESS.map((row) => [row.what, row] as const))(
  'the endpoint %s gives every caller the answer of the table',
  async (_what, row) => {
    const got: Partial<Record<Caller, string>> = {}
    // One after the other: a session has one lead.
    for (const caller of callersIn()) got[caller] = await answerTo(row.ask, tokens[caller])
    expect(got).toEqual(row.answers)
  },
)

function answerTo(ask: Ask, token: string | undefined): Promise<string> {
  if ('http' in ask) return http(ask, token)
  if ('hub' in ask) return socket(`/api/ws?${filled(ask.hub)}`, token, (frame) => frame.includes('"init"'))
  if ('sessions' in ask) return socket(`/v1/sessions/ws/${filled(ask.sessions)}/subscribe`, token, () => true)
  if ('tracker' in ask) return socket(ask.tracker, token, (frame) => !frame.includes('auth.error'))
  return shell(ask, token)
}

async function http({ http: asked, body }: Extract<Ask, { http: string }>, token: string | undefined): Promise<string> {
  const [method = '', path = ''] = asked.split(' ')
  const target = filled(path)
    .replace('{fresh}', path.includes('{fresh}') ? await made('private') : '')
    .replace(
      '{grant}',
      path.includes('{grant}') ? ((await owners('POST', '/api/grants', { session: ids.open }))['id'] ?? '') : '',
    )
  const response = await fetch(`${gateway.url}${target}`, {
    method,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: filled(JSON.stringify(body)) }),
  })
  await response.body?.cancel()
  return String(response.status)
}

/** `ok` once a frame says so; else the refusal. Resolves when the connection is gone, so that its place is free. */
async function socket(path: string, token: string | undefined, isIn: (frame: string) => boolean): Promise<string> {
  const client = dial(path, token)
  const status = new Promise<string>((resolve) =>
    client.once('unexpected-response', (_request, { statusCode }) => resolve(String(statusCode))),
  )
  const told = new Promise<string>((resolve) => {
    // Where credentials may come in a first frame, this one has none.
    client.once('open', () => token === undefined && client.send('{}'))
    client.on('message', (data) => isIn(String(data)) && resolve('ok'))
    client.once('close', (code) => resolve(String(code)))
  })
  const answer = await Promise.race([status, told])
  if (client.readyState === client.OPEN) {
    const gone = new Promise((resolve) => client.once('close', resolve))
    client.close()
    await gone
  }
  client.terminate()
  return answer
}

async function shell(ask: Extract<Ask, { shell: string }>, token: string | undefined): Promise<string> {
  const client = dial(ask.shell, token, ask.protocol)
  const status = new Promise<string>((resolve) =>
    client.once('unexpected-response', (_request, { statusCode }) => resolve(String(statusCode))),
  )
  const opened = new Promise<string>((resolve) => {
    if (ask.protocol !== undefined) client.once('open', () => resolve('ok'))
    else void confirmation(client).then((told) => resolve(told?.epoch === ownEpoch ? 'ok' : 'own'))
  })
  const answer = await Promise.race([status, opened])
  client.terminate()
  return answer
}

function confirmation(client: WebSocket): Promise<{ readonly epoch: string } | undefined> {
  return new Promise((resolve) => {
    client.on('message', (data: Buffer) => {
      const status = data[0] === 3 ? decodeStatus(data.subarray(1)) : undefined
      if (status?.ok === true && status.message.kind === 'confirmation') resolve(status.message.holdfast)
    })
  })
}

function dial(path: string, token: string | undefined, protocol?: string | undefined): WebSocket {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const client = new WebSocket(
    `${gateway.url.replace('http', 'ws')}${path}`,
    protocol === undefined ? [] : [protocol],
    { headers },
  )
  client.on('error', () => {})
  return client
}

async function made(visibility: string): Promise<string> {
  return (await owners('POST', '/api/hub/session', { visibility }))['sessionId'] ?? ''
}

async function owners(method: string, path: string, body: object): Promise<Record<string, string>> {
  const headers = { authorization: `Bearer ${OWNER}` }
  const response = await fetch(`${gateway.url}${path}`, { method, headers, body: JSON.stringify(body) })
  return response.json()
}

function filled(text: string): string {
  return text.replace('{private}', ids.private).replace('{open}', ids.open)
}
