import { createHash } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import { refusal, startServer, TestClient, type TestServer } from './support.ts'

let server: TestServer
const dial = (path: string): Promise<TestClient> => TestClient.dial(`${server.url}${path}`, { token: 'secret' })
afterEach(() => server[Symbol.asyncDispose]())

/** What a client may leave unread (shell §5). */
const WINDOW = 196_608
/** More than the buffers of two sockets take in. */
const FLOOD = 18_000_000
const produced = (): number => server.host.list()[0]?.outputBytes ?? 0
/** So many questions to the server, one after the other: time for everything that is under way. */
async function roundTrips(count: number): Promise<void> {
  for (let done = 0; done < count; done++) await refusal(`${server.url}/shells?shellId=none`, { token: 'wrong' })
}

/** Resolves once the program has printed more than `mark` and then nothing over many round trips: it is blocked. */
async function untilBlocked(mark: number): Promise<number> {
  let last = -1
  for (let still = 0; still < 20; ) {
    await roundTrips(5)
    still = produced() === last && last > mark ? still + 1 : 0
    last = produced()
  }
  return last
}

it('the shell host holds a program back within the window of a client that consumes nothing, and gives it everything afterwards', async () => {
  server = await startServer()
  const client = await dial('/shells?shellId=one')
  await client.hello()
  client.consume = false
  client.type('stty -echo; head -c 3000000 /dev/zero | tr "\\0" y; echo; exit\n')
  const blocked = await untilBlocked(WINDOW)
  expect(blocked).toBeLessThanOrEqual(WINDOW + 65_536)
  client.consume = true
  client.acknowledge()
  await client.until(() => client.exit !== undefined)
  expect(client.text.replace(/[^y]/g, '').length).toBeGreaterThanOrEqual(3_000_000)
  expect(client.controls.some((control) => control.type === 'gap')).toBe(false)
}, 60_000)

it('the shell host holds a program back while a published client does not read its socket, and loses nothing', async () => {
  server = await startServer()
  const client = await dial('/shells?shellId=one')
  await client.until(() => client.confirmation !== undefined)
  client.type(`stty -echo; echo go; head -c ${FLOOD} /dev/zero | tr "\\0" y; exit 9\n`)
  await client.untilText('go\r\n')
  client.socket.pause()
  // The socket's own buffers take a few megabytes besides.
  expect(await untilBlocked(1_048_576)).toBeLessThan(16_000_000)
  client.socket.resume()
  await client.until(() => client.exit !== undefined)
  expect(client.exit).toMatchObject({ code: 9 })
  expect(client.text.split('go\r\n')[1]?.replace(/[^y]/g, '').length).toBe(FLOOD)
}, 60_000)

it('the shell host lets resize, interrupt and kill through while the program is held back', async () => {
  server = await startServer()
  const client = await dial('/shells?shellId=one')
  await client.hello()
  client.consume = false
  client.type('trap "" WINCH; yes | cat\n')
  await untilBlocked(WINDOW)
  client.resize(99, 33)
  client.control({ type: 'signal', name: 'SIGINT' })
  client.consume = true
  client.acknowledge()
  client.type('stty size\n')
  await client.untilText('33 99')
  client.consume = false
  client.type('yes\n')
  await untilBlocked(produced())
  client.send('close')
  expect(await client.untilClosed()).toMatchObject({ code: 1000 })
})

it('the shell host keeps a dropped client free of gaps by holding the program back for its return', async () => {
  server = await startServer()
  let client = await dial('/shells?shellId=one')
  await client.hello()
  client.type('stty -echo; echo go; seq 1 200000; echo; echo e""nd\n')
  await client.untilText('go\r\n')
  const { lease, epoch } = client.confirmation?.holdfast ?? {}
  const text = [client.text]
  for (let drop = 0; drop < 20; drop++) {
    client.socket.terminate()
    const { received } = client
    const pending = Buffer.concat(client.stdout)
    text[text.length - 1] = pending.toString()
    client = await dial(`/shells?shellId=one&lease=${lease}&epoch=${epoch}&received=${received}`)
    text.push('')
    await client.hello()
    expect(client.confirmation).toMatchObject({ bytesDropped: 0, holdfast: { out: received } })
  }
  // A quick terminal is through before the last drop.
  if (!text.join('').includes('end')) await client.untilText('end')
  text[text.length - 1] = client.text
  const numbers = text.join('').split('go\r\n')[1] ?? ''
  const expected = Array.from({ length: 200_000 }, (_, index) => `${index + 1}\r\n`).join('')
  const sha = (whole: string): string => createHash('sha256').update(whole).digest('hex')
  expect(sha(numbers.slice(0, expected.length))).toBe(sha(expected))
}, 60_000)

it('the shell host reports what was lost when output overflowed the ring without a client', async () => {
  server = await startServer({ limits: { holdForReturnMs: 0 } })
  const first = await dial('/shells?shellId=one')
  await first.hello()
  first.type('stty -echo; echo go; sleep 0.2; seq 1 100000; echo e""nd\n')
  await first.untilText('go\r\n')
  const { lease, epoch } = first.confirmation?.holdfast ?? {}
  const { received } = first
  first.socket.terminate()
  while (produced() < 688_000) await new Promise((resolve) => setTimeout(resolve, 10))
  const second = await dial(`/shells?shellId=one&lease=${lease}&epoch=${epoch}&received=${received}`)
  // It acknowledges again, as its lease says: what the program has not printed yet may be more than its window.
  await second.hello()
  await second.untilText('end')
  const { bytesDropped, holdfast } = second.confirmation ?? {}
  expect(bytesDropped).toBe((holdfast?.out ?? 0) - received)
  expect(bytesDropped).toBeGreaterThan(400_000)
  expect(second.text).toMatch(/^\d+\r\n/)
})

it('a program that is held back goes on when its client is gone and nothing is held for a return', async () => {
  server = await startServer({ limits: { holdForReturnMs: 0 } })
  const first = await dial('/shells?shellId=one')
  await first.hello()
  first.consume = false
  first.type('stty -echo; seq 1 100000; echo e""nd\n')
  await untilBlocked(WINDOW)
  const { lease, epoch } = first.confirmation?.holdfast ?? {}
  first.socket.terminate()
  while (produced() < 688_000) await new Promise((resolve) => setTimeout(resolve, 10))
  const second = await dial(`/shells?shellId=one&lease=${lease}&epoch=${epoch}&received=${first.received}`)
  await second.hello()
  await second.untilText('end')
})

it('a slow observer never stops the program', async () => {
  server = await startServer()
  const writer = await dial('/shells?shellId=one')
  await writer.hello()
  const observer = await dial('/shells?shellId=one&mode=observe')
  await observer.hello()
  observer.socket.pause()
  writer.type(`stty -echo; head -c ${FLOOD} /dev/zero | tr "\\0" y; echo e""nd\n`)
  await writer.untilText('end')
  observer.socket.resume()
  await observer.until(() => observer.controls.some((control) => control.type === 'gap'))
  await observer.untilText('end')
}, 60_000)

it('the shell host takes a paste into a program that does not read, reports how much was taken, and still interrupts it', async () => {
  server = await startServer()
  const client = await dial('/shells?shellId=one')
  await client.hello()
  // The program says so itself: what the shell says, it says before the program has the terminal, and the signal is the shell's.
  client.type(`stty raw -echo isig; sh -c 'echo rea""dy; sleep 600'; stty sane; echo b""ack\n`)
  await client.untilText('ready')
  const before = client.inputAcks.at(-1) ?? 0
  const paste = Buffer.alloc(64_000, 'x')
  client.send('stdin', paste)
  client.control({ type: 'signal', name: 'SIGTERM' })
  await client.untilText('back')
  expect(client.inputAcks.at(-1)).toBeGreaterThanOrEqual(before)
})

it('the numbers of shells, attached clients of a session and observers are bounded', async () => {
  server = await startServer({ limits: { maxShells: 2, maxAttachedPerSession: 2, maxObservers: 1 } })
  const ask = (path: string) => refusal(`${server.url}${path}`, { token: 'secret' })
  await dial('/shells?shellId=a&X-Amzn-Bedrock-AgentCore-Runtime-Session-Id=s')
  await dial('/shells?shellId=a&mode=observe')
  expect(await ask('/shells?shellId=a&mode=observe')).toEqual({ status: 503, code: 'shell/too_many' })
  await dial('/shells?shellId=b&X-Amzn-Bedrock-AgentCore-Runtime-Session-Id=t')
  expect(await ask('/shells?shellId=c')).toEqual({ status: 503, code: 'shell/too_many' })
  expect(server.host.stats()).toMatchObject({ running: 2, attached: 3 })
})

it('the shell host forgets a detached shell and a tombstone after the retention window', async () => {
  server = await startServer({ limits: { retainMs: 50, lingerMs: 10 } })
  const client = await dial('/shells?shellId=one')
  await client.until(() => client.confirmation !== undefined)
  const pid = server.host.list()[0]?.pid ?? 0
  client.socket.terminate()
  while (server.host.list().length > 0 || isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
})

it('the shell host limits how fast one principal may connect', async () => {
  server = await startServer({ limits: { upgradeBurst: 2, upgradeEveryMs: 60_000 } })
  await dial('/shells?shellId=a')
  await dial('/shells?shellId=a')
  expect(await refusal(`${server.url}/shells?shellId=a`, { token: 'secret' })).toEqual({
    status: 429,
    code: 'shell/rate_limited',
  })
})

it('the shell host holds a program back whose error output is not read', async () => {
  server = await startServer()
  const command = `head -c ${FLOOD} /dev/zero >&2`
  const query = new URLSearchParams([
    ['shellId', 'one'],
    ['tty', 'false'],
    ['command', 'sh'],
    ['command', '-c'],
    ['command', command],
  ])
  const client = await dial(`/shells?${query}`)
  await client.hello()
  client.socket.pause()
  await roundTrips(200)
  expect(server.host.list()[0]?.exitCode).toBeUndefined()
  client.socket.resume()
  await client.until(() => client.exit !== undefined)
  expect(client.stderr.reduce((sum, chunk) => sum + chunk.length, 0)).toBe(FLOOD)
}, 60_000)

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
