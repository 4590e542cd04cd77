import { ShellChannel, ShellSession } from 'bedrock-agentcore/runtime'
import { afterEach, expect, it } from 'vitest'
import { type InteropServer, startServer, TOKEN } from './server.ts'

let server: InteropServer
const sessions: ShellSession[] = []
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close()
  await server[Symbol.asyncDispose]()
})

type Options = ConstructorParameters<typeof ShellSession>[0]
type Connect = Options['connectFn']

const SESSION_HEADER = 'X-Amzn-Bedrock-AgentCore-Runtime-Session-Id'
const RUNTIME = encodeURIComponent('arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/demo-1')

const byHeader: Connect = async (shellId, sessionId) => ({
  url: `ws://${server.authority}/runtimes/${RUNTIME}/ws/shells?shellId=${shellId}&qualifier=DEFAULT`,
  headers: { Authorization: `Bearer ${TOKEN}`, [SESSION_HEADER]: sessionId },
})

const byOAuth: Connect = async (shellId, sessionId) => ({
  url: `ws://${server.authority}/runtimes/${RUNTIME}/ws/shells?shellId=${shellId}&${SESSION_HEADER}=${sessionId}`,
  headers: {},
  protocols: [
    `base64UrlBearerAuthorization.${Buffer.from(TOKEN).toString('base64url')}`,
    'base64UrlBearerAuthorization',
  ],
})

async function open(options: Partial<Options> = {}): Promise<ShellSession> {
  const session = new ShellSession({ connectFn: byHeader, ...options })
  sessions.push(session)
  return session.connect()
}

/** Reads STDOUT until the text is there, or to the end. */
async function read(session: ShellSession, until?: string): Promise<string> {
  let text = ''
  for await (const frame of session) {
    if (frame.channel === ShellChannel.STDOUT) text += frame.text
    if (until !== undefined && text.includes(until)) break
  }
  return text
}

it.each([
  ['header', byHeader],
  ['OAuth', byOAuth],
])(
  'the published AgentCore client opens, types, resizes and gets the exit code in %s mode',
  async (_mode, connectFn) => {
    server = await startServer()
    const session = await open({ connectFn, shellId: 'debug', sessionId: 's'.repeat(36) })
    expect(session).toMatchObject({ shellId: 'debug', sessionId: 's'.repeat(36), reconnected: false, bytesDropped: 0 })
    await session.resize(132, 50)
    await session.sendHeartbeat()
    await session.send('stty size; echo $((6*7)); exit 7\n')
    const text = await read(session)
    expect(text).toContain('50 132\r\n42\r\n')
    expect(session.exitCode).toBe(7)
  },
)

it('the published AgentCore client keeps directory, environment and jobs across a drop, and replays what was missed', async () => {
  server = await startServer()
  let reconnected: (value: boolean) => void = () => {}
  const again = new Promise<boolean>((resolve) => {
    reconnected = resolve
  })
  const session = await open({
    reconnectConfig: { baseDelay: 20, onReconnect: (value: boolean) => reconnected(value) },
  })
  await session.send('cd /usr; V=kept; sleep 600 & echo rea""dy\n')
  while ((server.host.list()[0]?.outputBytes ?? 0) < 40) await new Promise((resolve) => setTimeout(resolve, 10))
  session._terminateConnection()
  expect(await again).toBe(true)
  expect(session.reconnected).toBe(true)
  await session.send('echo $PWD-$V; jobs; exit\n')
  const text = await read(session)
  expect(text).toContain('/usr-kept')
  expect(text).toContain('Running')
  expect(session.exitCode).toBe(0)
})

it('the published AgentCore client reattaches from another process with the same ids and gets what was missed', async () => {
  server = await startServer()
  const first = await open({ shellId: 'one' })
  await first.send('echo on""e; read x; echo mis""sed\n')
  await read(first, 'one\r\n')
  // A pong tells the server that the client has this; the next output is missed.
  await new Promise((resolve) => setTimeout(resolve, 300))
  await first.send('\n')
  first._terminateConnection()
  const second = await open({ shellId: 'one', sessionId: first.sessionId })
  expect(second.reconnected).toBe(true)
  await second.send('exit\n')
  const text = await read(second)
  expect(text).toContain('missed')
  expect(text).not.toContain('one\r\none')
})

it('the published AgentCore client is kicked when another client takes the shell', async () => {
  server = await startServer()
  const first = await open({ shellId: 'one', reconnectConfig: {} })
  const ended = read(first)
  const second = await open({ shellId: 'one', sessionId: first.sessionId })
  await ended
  expect(first.kicked).toBe(true)
  await second.send('exit 3\n')
  await read(second)
  expect(second.exitCode).toBe(3)
})

it('the published AgentCore client gets the exit code and the full tail with a slow consumer', async () => {
  server = await startServer()
  const session = await open()
  await session.send('stty -echo; echo go; head -c 1000000 /dev/zero | tr "\\0" y; exit 9\n')
  let count = 0
  let frames = 0
  let going = false
  for await (const frame of session) {
    if (frame.channel !== ShellChannel.STDOUT) continue
    if (frames++ % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    if (going) count += frame.text.length
    going ||= frame.text.includes('go\r\n')
    if (count === 0 && going) count = frame.text.split('go\r\n')[1]?.length ?? 0
  }
  expect(count).toBeGreaterThanOrEqual(1_000_000)
  expect(count).toBeLessThan(1_000_100)
  expect(session.exitCode).toBe(9)
})

it('the published AgentCore client kills the shell for good on close', async () => {
  server = await startServer()
  const session = await open({ shellId: 'one' })
  const pid = server.host.list()[0]?.pid ?? 0
  await session.close()
  const alive = (): boolean => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  while (alive()) await new Promise((resolve) => setTimeout(resolve, 20))
  const again = await open({ shellId: 'one', sessionId: session.sessionId })
  expect(again.reconnected).toBe(false)
})

it('the published AgentCore client is refused with a wrong token', async () => {
  server = await startServer()
  const connectFn: Connect = async (shellId) => ({
    url: `ws://${server.authority}/shells?shellId=${shellId}`,
    headers: { Authorization: 'Bearer wrong' },
  })
  await expect(open({ connectFn })).rejects.toThrow('401')
})
