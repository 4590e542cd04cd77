import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { systemClock } from '@holdfast/contract'
import { recordingLogger, VirtualClock } from '@holdfast/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  type HostRecord,
  type ServedShellHost,
  type ServeShellHostOptions,
  type ShellHostOptions,
  ShellProcess,
  type ShellProcessOptions,
  serveShellHost,
} from '../../src/index.ts'
import { FakeBackend } from '../fakes.ts'

let folder: string
const hosts: ServedShellHost[] = []
const gateways: ShellProcess[] = []

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'holdfast-host-')), 'shell-host')
})

afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.close({ keep: true })
  for (const host of hosts.splice(0)) await host.close()
  rmSync(dirname(folder), { recursive: true, force: true })
})

async function serve(options: Partial<ServeShellHostOptions> = {}): Promise<ServedShellHost> {
  const backend: ShellHostOptions = { backend: new FakeBackend() }
  const host = await serveShellHost({ folder, version: '1.0.0', host: backend, ...options })
  hosts.push(host)
  return host
}

/** A gateway that must not start a host, unless it is given a way to. */
function gatewayOf(options: Partial<ShellProcessOptions> = {}): ShellProcess {
  const gateway = new ShellProcess({ folder, shell: '/bin/sh', command: ['/bin/false'], ...options })
  gateways.push(gateway)
  return gateway
}

const record = (): HostRecord => JSON.parse(readFileSync(join(folder, 'host.json'), 'utf8'))

/** Asks a host without any gateway in between. @returns the status */
function bare(path: string, authorization?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = authorization === undefined ? {} : { authorization }
    const asked = request({ socketPath: record().socket, path, headers, agent: false }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0))
    })
    asked.on('error', reject)
    asked.end()
  })
}

/** A shell through the Unix socket, as a tunnel would carry it. */
async function openShell(gateway: ShellProcess, shellId: string): Promise<void> {
  const peer = await gateway.peer()
  const socket = await peer.connect()
  const principal = Buffer.from(JSON.stringify({ id: 'ada', scopes: ['shell'] })).toString('base64url')
  const lines = [
    `GET /shells?shellId=${shellId} HTTP/1.1`,
    'host: x',
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    `sec-websocket-key: ${Buffer.alloc(16).toString('base64')}`,
    `authorization: Bearer ${peer.secret}`,
    `x-holdfast-principal: ${principal}`,
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  await new Promise((resolve) => socket.once('data', resolve))
  socket.destroy()
}

it('a shell host in a process of its own is found by a gateway, with its shells, and lists none where there is no host', async () => {
  const gateway = gatewayOf()
  await gateway.resume()
  expect(await gateway.list()).toEqual([])
  expect(await gateway.stats()).toEqual({ running: 0, attached: 0, ringBytes: 0 })
  expect(await gateway.kill({ shellId: 'one' })).toBeUndefined()
  await serve()
  await openShell(gateway, 'one')
  expect(await gateway.list()).toMatchObject([{ shellId: 'one', owner: 'ada', outputBytes: 0 }])
  expect(await gateway.stats()).toMatchObject({ running: 1 })
  expect(await gateway.rename({ shellId: 'one' }, 'First')).toBe(true)
  expect((await gateway.list())[0]?.name).toBe('First')
  expect(await gateway.rename({ shellId: 'two' }, 'Second')).toBe(false)
  expect(await gateway.kill({ shellId: 'one' })).toEqual([])
  expect(await gateway.kill({ shellId: 'one' })).toBeUndefined()
})

it('a shell host in a process of its own is for its own user alone, and answers no client without the secret', async () => {
  await serve()
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(statSync(join(folder, 'host.json')).mode & 0o777).toBe(0o600)
  for (const path of ['/host/attend', '/host/shells', '/host/stats', '/host/kill', '/host/stop', '/']) {
    expect(await bare(path)).toBe(401)
    expect(await bare(path, 'Bearer wrong')).toBe(401)
  }
  expect(await bare('/elsewhere', `Bearer ${record().secret}`)).toBe(404)
})

it('a shell host in a process of its own takes no folder of another user, or that leads elsewhere', async () => {
  mkdirSync(dirname(folder), { recursive: true })
  symlinkSync(tmpdir(), folder)
  const refused = { code: 'shell/host_failed' }
  await expect(serveShellHost({ folder, version: '1' })).rejects.toMatchObject(refused)
  await expect(gatewayOf().peer()).rejects.toMatchObject(refused)
})

it('a shell host in a process of its own has its socket elsewhere where the path of the folder is too long for one', async () => {
  folder = join(folder, 'x'.repeat(120))
  const host = await serve()
  const { socket } = record()
  expect(dirname(socket)).not.toBe(folder)
  expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700)
  expect(await gatewayOf().list()).toEqual([])
  await host.close()
  expect(() => statSync(dirname(socket))).toThrow()
})

it('a shell host in a process of its own leaves nothing behind when it ends, and serves a folder alone', async () => {
  const host = await serve()
  await expect(serveShellHost({ folder, version: '1' })).rejects.toMatchObject({ code: 'shell/host_failed' })
  await host.close()
  await host.ended
  expect(readdirSync(folder)).toEqual([])
})

it('a shell host in a process of its own says why it cannot start, as on a disk that is full, and leaves no socket', async () => {
  mkdirSync(join(folder, `host.json.${process.pid}`), { recursive: true })
  await expect(serve()).rejects.toMatchObject({
    code: 'shell/host_failed',
    message: expect.stringMatching(/host\.json cannot be written: E[A-Z]+/),
  })
  await expect.poll(() => readdirSync(folder)).toEqual([])
})

it('a shell host in a process of its own listens again where the file of its socket was removed, with its shells', async () => {
  const clock = new VirtualClock()
  await serve({ clock, idleMs: 60_000 })
  const gateway = gatewayOf()
  await openShell(gateway, 'one')
  rmSync(record().socket)
  await expect(gateway.peer().then((peer) => peer.connect())).rejects.toMatchObject({ code: 'ENOENT' })
  await clock.advance(5_000)
  await expect.poll(() => existsSync(record().socket)).toBe(true)
  await openShell(gateway, 'two')
  const other = gatewayOf()
  for (const each of [gateway, other]) {
    const shells = await each.list()
    expect(shells.map(({ shellId }) => shellId).sort()).toEqual(['one', 'two'])
  }
  await other.close({ keep: true })
})

it('a shell host in a process of its own ends by itself without a gateway and without a shell, not before', async () => {
  const clock = new VirtualClock()
  const host = await serve({ clock, idleMs: 60_000 })
  let ended = false
  void host.ended.then(() => {
    ended = true
  })
  const gateway = gatewayOf()
  await gateway.peer()
  await clock.advance(200_000)
  expect(ended).toBe(false)
  await openShell(gateway, 'one')
  await gateway.close({ keep: true })
  await clock.advance(200_000)
  // A detached shell has its retention time.
  expect(ended).toBe(false)
  while (!ended) {
    await clock.advance(10_000)
    // What is killed meanwhile is looked for in real time.
    await new Promise((resolve) => setImmediate(resolve))
  }
})

it('a shell host in a process of its own ends on demand, unless another gateway attends it', async () => {
  const host = await serve()
  const [first, second] = [gatewayOf(), gatewayOf()]
  await Promise.all([first.peer(), second.peer()])
  await first.close({ keep: false })
  expect(await second.list()).toEqual([])
  await second.close({ keep: false })
  await host.ended
})

it('a shell host in a process of its own is left alone by a gateway of another version, which says so and starts its own', async () => {
  await serve()
  const other = { ...record(), protocol: 99, version: '9.9.9' }
  writeFileSync(join(folder, 'host.json'), JSON.stringify(other))
  const logger = recordingLogger()
  await expect(gatewayOf({ logger }).peer()).rejects.toMatchObject({ code: 'shell/host_failed' })
  expect(logger.lines.map(({ message }) => message)).toContainEqual(expect.stringContaining('version 9.9.9'))
})

it('a shell host in a process of its own is started anew where the recorded one is gone', async () => {
  const host = await serve()
  const stale = JSON.stringify(record())
  await host.close()
  writeFileSync(join(folder, 'host.json'), stale)
  writeFileSync(JSON.parse(stale).socket, '')
  const started = gatewayOf({ command: ['/bin/sh', '-c', 'echo "cannot start" >&2; exit 1'] })
  await expect(started.peer()).rejects.toMatchObject({
    code: 'shell/host_failed',
    message: expect.stringContaining('cannot start'),
  })
  expect(readdirSync(folder)).toEqual(['host.log'])
})

it.each([
  ['empty', ''],
  ['cut', '{"protocol":1,"version":"1.0'],
  ['zeroed', '\0'.repeat(200)],
])(
  'a shell host in a process of its own is started where a loss of power has left its record %s, which is reported once',
  async (_, text) => {
    mkdirSync(folder, { mode: 0o700 })
    writeFileSync(join(folder, 'host.json'), text)
    const logger = recordingLogger()
    const gateway = gatewayOf({ logger, command: ['/bin/sh', '-c', 'echo "was started" >&2; exit 1'] })
    await expect(gateway.peer()).rejects.toMatchObject({ message: expect.stringContaining('was started') })
    expect(readdirSync(folder)).toEqual(['host.log'])
    expect(logger.lines.filter(({ message }) => message.includes('could not be read'))).toHaveLength(1)
    // A host that is started at this moment does not stumble over it either.
    writeFileSync(join(folder, 'host.json'), text)
    await serve()
    await openShell(gatewayOf(), 'a')
  },
)

it('a shell host in a process of its own writes its log at the end of the file, wherever that is', async () => {
  const log = join(folder, 'host.log')
  const command = ['/bin/sh', '-c', `echo before >&2; : > ${log}; echo after >&2; exit 1`]
  await expect(gatewayOf({ command }).peer()).rejects.toMatchObject({ code: 'shell/host_failed' })
  expect(readFileSync(log, 'utf8')).toBe('after\n')
})

it('a shell host in a process of its own is not started over and over where it fails, and gets nothing of the gateway’s environment', async () => {
  process.env['HOLDFAST_TOKENS'] = 'geheim'
  try {
    // No time passes, so the pause after a failure is not over.
    const clock = { ...systemClock, now: () => 0 }
    const tried = join(dirname(folder), 'tried')
    const gateway = gatewayOf({ clock, command: ['/bin/sh', '-c', `echo run >> ${tried}; env >> ${tried}; exit 1`] })
    const failed = { code: 'shell/host_failed' }
    await expect(gateway.peer()).rejects.toMatchObject(failed)
    await expect(gateway.peer()).rejects.toMatchObject(failed)
    const said = readFileSync(tried, 'utf8')
    expect(said.match(/^run$/gm)).toHaveLength(1)
    expect(said).not.toContain('geheim')
  } finally {
    delete process.env['HOLDFAST_TOKENS']
  }
})

it('a shell process that does not answer is no reason to start a second one', async () => {
  await serve()
  const silent = createServer()
  const socket = join(folder, 'silent.sock')
  await new Promise<void>((resolve) => void silent.listen(socket, resolve))
  writeFileSync(join(folder, 'host.json'), JSON.stringify({ ...record(), socket }))
  const clock = new VirtualClock()
  const asked = gatewayOf({ clock })
    .peer()
    .catch((error: unknown) => error)
  await clock.advance(10_000)
  expect(await asked).toMatchObject({ code: 'shell/peer_unreachable' })
  silent.close()
})

it('a shell host in a process of its own is noticed when it dies: what it had is gone, and the next shell gets a new one', async () => {
  const host = await serve()
  const gateway = gatewayOf()
  await gateway.peer()
  await host.close()
  await expect.poll(() => gateway.peer().catch((error: unknown) => error)).toMatchObject({ code: 'shell/host_failed' })
  expect(await gateway.list()).toEqual([])
})
