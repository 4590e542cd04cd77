import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { paste, ShellSession, shellEndpoint } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CliTerminal } from './cli-terminal.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'

// Half a megabyte is pasted while the program reads nothing.
const SIZE = 500_000
const DETACH_KEY = 0x1d

let gateway: GatewayProcess
let environment: NodeJS.ProcessEnv
let folder: string
const terminals: CliTerminal[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pasted-'))
  gateway = await startGateway(['--port', '0', '--store', 'memory', '--token', 't', '--shell', '/bin/sh'])
  environment = { HOLDFAST_URL: gateway.url, HOLDFAST_TOKEN: 't' }
})
afterEach(() => {
  for (const terminal of terminals.splice(0)) terminal.kill()
})
afterAll(async () => {
  await gateway.stop('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
})

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Reads nothing until its file is there; then it tells what it was given. */
function sleeper(id: string, size: number): { readonly command: readonly string[]; wake(): void } {
  const file = join(folder, id)
  const script = [
    `stty raw -echo; printf '\\033[?2004hre'; printf 'ady '; until [ -e '${file}' ]; do sleep 0.05; done`,
    `head -c ${size} | sha256sum; stty sane; printf '\\033[?2004l'; exec cat`,
  ]
  return { command: ['sh', '-c', script.join('; ')], wake: () => writeFileSync(file, '') }
}

/** Random bytes hold the key of the command itself now and then, which is one when it is not pasted. */
const withoutKey = (bytes: Buffer): Buffer => bytes.map((byte) => (byte === DETACH_KEY ? 0 : byte)) as Buffer
const bracketed = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from('\u001b[200~'), bytes, Buffer.from('\u001b[201~')])
const text = Buffer.from('the quick brown fox\tjumps \u{1f98a} é\r'.repeat(20_000)).subarray(0, SIZE)

const PASTES: Readonly<Record<string, Buffer>> = {
  'random bytes': withoutKey(randomBytes(SIZE)),
  'random bytes in brackets': bracketed(randomBytes(SIZE)),
  text,
  'text in brackets': bracketed(text),
}

describe('what is pasted while the program reads nothing', () => {
  it.each(Object.entries(PASTES))('arrives whole through the command: %s', async (name, pasted) => {
    const id = `cli-${name.replaceAll(' ', '-')}`
    const { command, wake } = sleeper(id, pasted.length)
    const terminal = new CliTerminal(['shell', '--id', id, '-t', '--', ...command], environment)
    terminals.push(terminal)
    await terminal.shows('ready')
    terminal.type(pasted)
    await terminal.shows(/reads no input now, \d{3},\d{3} bytes of it wait/)
    wake()
    await terminal.shows(sha(pasted))
  })

  it('can be left, and says what was not read', async () => {
    const { command } = sleeper('left', SIZE)
    const terminal = new CliTerminal(['shell', '--id', 'left', '-t', '--', ...command], environment)
    terminals.push(terminal)
    await terminal.shows('ready')
    terminal.type(bracketed(text))
    await terminal.shows('reads no input now')
    terminal.type('\u001dd')
    await terminal.shows(/\d{3},\d{3} bytes of input did not reach the shell/)
    expect(await terminal.ended).toBe(0)
  })

  it.each([
    ['random bytes', randomBytes(SIZE).toString('latin1'), false],
    ['text in brackets', text.toString(), true],
  ])('arrives whole through a client: %s', async (name, pasted, isBracketed) => {
    const id = `client-${name.replaceAll(' ', '-')}`
    const plain = pasted.replace(/\r\n|\n/g, '\r')
    const expected = isBracketed ? bracketed(Buffer.from(plain.replaceAll('\u001b', ''))) : Buffer.from(plain)
    const { command, wake } = sleeper(id, expected.length)
    const target = shellEndpoint({ url: gateway.url, token: 't', command })
    const session = new ShellSession({ transport: nodeWebSocket(), target, shellId: id })
    let output = ''
    void (async () => {
      for await (const { channel, text: more } of session) if (channel === 'stdout') output += more
    })()
    await session.connect()
    await expect.poll(() => output).toContain('ready')
    const done = paste(session, pasted, { bracketed: isBracketed })
    // A window of it has left this process, and no more.
    await expect.poll(() => session.unacknowledgedBytes).toBeGreaterThan(16_384)
    expect(session.unacknowledgedBytes).toBeLessThanOrEqual(65_536 + 16_384)
    wake()
    await done
    await expect.poll(() => output).toContain(sha(expected))
    await session.kill()
  })
})
