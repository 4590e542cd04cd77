import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { paste, type ShellEnding, ShellSession, shellEndpoint } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { READY, Recorded } from './shell/recorded.ts'
import { raw, sleep } from './shell/support.ts'
import { endShellHost, hostFile, hostRecord, isAlive } from './support/shell-host.ts'

const PROGRAM = raw(process.execPath, fileURLToPath(new URL('./shell/program.mjs', import.meta.url)), '4096', '5')
const KILLS = process.env['HOLDFAST_LONG'] === '1' ? 30 : 3

/** Told to the gateway through its environment. */
const SECRET = 'geheimnis'

let folder: string
let gateway: GatewayProcess

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-shells-'))
})

afterEach(async () => {
  await gateway.stop('SIGTERM')
  await endShellHost(folder)
  rmSync(folder, { recursive: true, force: true })
})

async function start(port = 0, ...flags: string[]): Promise<void> {
  const own = ['--port', String(port), '--data', folder, '--shell', '/bin/bash']
  gateway = await startGateway([...own, ...flags], { HOLDFAST_TOKENS: SECRET })
}

/** A gateway dies without a word, and the next one takes its place. */
async function killAndStart(): Promise<void> {
  const { port } = gateway
  await gateway.stop('SIGKILL')
  await start(port)
}

function open(command: readonly string[], shellId = 'work'): ShellSession {
  return new ShellSession({
    transport: nodeWebSocket(),
    target: shellEndpoint({ url: gateway.url, token: SECRET, command }),
    shellId,
    retry: { baseMs: 20, firstMs: 20, capMs: 100, limits: [], flapLimits: [] },
    onExpired: 'new',
  })
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10)
}

async function killedGatewaysUnder(session: ShellSession, recorded: Recorded): Promise<void> {
  for (let kill = 0; kill < KILLS; kill += 1) {
    const back = new Promise<boolean>((resolve) => {
      const off = session.on('reconnected', ({ reconnected }) => {
        off()
        resolve(reconnected)
      })
    })
    await killAndStart()
    expect(await back).toBe(true)
    const { bytes } = recorded
    await until(() => recorded.bytes > bytes)
  }
}

it('the shell process keeps output and a paste exact while its gateway is killed and started again', {
  timeout: 300_000,
}, async () => {
  await start()
  const session = open(PROGRAM)
  const recorded = new Recorded()
  const reading = recorded.read(session)
  await session.connect()
  await until(() => recorded.greeting === READY)
  const before = session.checkpoint()
  const host = hostRecord(folder)
  // Pasted while it is killed, over and over: some of it is always under way.
  const pasted = createHash('sha256')
  let pastedBytes = 0
  const enough = new AbortController()
  const pasting = (async () => {
    while (!enough.signal.aborted) {
      const text = randomBytes(30_000).toString('base64')
      pasted.update(text)
      pastedBytes += text.length
      await paste(session, text)
      await sleep(2)
    }
  })()
  await killedGatewaysUnder(session, recorded)
  enough.abort()
  await pasting
  await session.flush()
  expect(session.checkpoint()).toMatchObject({ epoch: before?.epoch, lease: before?.lease, shellId: 'work' })
  expect(hostRecord(folder)).toEqual(host)
  await session.send(new Uint8Array([0]))
  expect(await session.result).toEqual({ kind: 'exited', code: 7, signal: undefined, message: 'NonZeroExitCode' })
  await reading
  const { trailer } = recorded
  expect({ bytes: recorded.bytes, sha: recorded.hash.digest('hex') }).toEqual({
    bytes: trailer.sentBytes,
    sha: trailer.sent,
  })
  expect({ bytes: pastedBytes, sha: pasted.digest('hex') }).toEqual({ bytes: trailer.gotBytes, sha: trailer.got })
  expect(recorded.gaps).toBe(0)
})

it('the shell process and its shells get nothing of what a gateway knows', async () => {
  await start()
  const session = open([
    '/bin/sh',
    '-c',
    'env; tr "\\0" "\\n" < /proc/$PPID/environ; tr "\\0" " " < /proc/$PPID/cmdline',
  ])
  await session.connect()
  let text = ''
  for await (const frame of session) text += frame.text
  expect(text).toContain('HOLDFAST_SHELL_ID=work.')
  expect(text).toContain('PATH=')
  expect(text).not.toContain(SECRET)
  expect(text).not.toContain(hostRecord(folder)?.secret)
})

it('the shell process ends with a gateway that is stopped, and takes all its shells with it', async () => {
  await start()
  const session = open(['/bin/sh', '-c', 'echo READY $$; exec sleep 1000'])
  const recorded = new Recorded()
  const reading = recorded.read(session)
  await session.connect()
  await until(() => recorded.greeting === READY)
  const host = hostRecord(folder)?.pid ?? 0
  const ended = await gateway.stop('SIGTERM')
  expect(ended).toMatchObject({ code: 0 })
  expect(isAlive(host)).toBe(false)
  expect(existsSync(hostFile(folder))).toBe(false)
  await session.detach()
  await reading
})

it('the shell process with --keep-shells outlives a stopped gateway, and clients return to what they had', async () => {
  await start(0, '--keep-shells')
  const session = open(['/bin/bash', '--norc'])
  const recorded = new Recorded()
  const reading = recorded.read(session)
  await session.connect()
  await session.send('KEPT=yes\n')
  await session.flush()
  const host = hostRecord(folder)
  const { port } = gateway
  expect(await gateway.stop('SIGTERM')).toMatchObject({ code: 0 })
  expect(isAlive(host?.pid ?? 0)).toBe(true)
  await start(port)
  await session.send('[ "$KEPT" = yes ] && exit 5\n')
  expect(await session.result).toMatchObject({ kind: 'exited', code: 5 })
  expect(hostRecord(folder)).toEqual(host)
  await reading
})

it('a client learns that the process with its shell died, and nothing is typed into the next one', async () => {
  await start()
  const lost: number[] = []
  const session = open(['/bin/cat'])
  session.on('delivery', ({ bytes }) => lost.push(bytes))
  const endings: ShellEnding[] = []
  void session.result.then((ending) => endings.push(ending))
  let gone = 0
  const reading = (async () => {
    for await (const frame of session) if (frame.channel === 'gap' && frame.reason === 'gone') gone += 1
  })()
  await session.connect()
  const first = hostRecord(folder)?.pid ?? 0
  const { epoch } = session.checkpoint() ?? {}
  const other = new Promise<boolean>((resolve) => session.on('reconnected', (told) => resolve(told.reconnected)))
  process.kill(first, 'SIGKILL')
  expect(await other).toBe(false)
  expect(endings).toEqual([])
  expect(session.checkpoint()?.epoch).not.toBe(epoch)
  expect(hostRecord(folder)?.pid).not.toBe(first)
  expect(await session.kill()).toEqual({ killed: true })
  await reading
  expect(gone).toBe(1)
})
