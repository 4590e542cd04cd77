import { afterEach, expect, it } from 'vitest'
import { refusal, startServer, TestClient, type TestServer } from './support.ts'

let server: TestServer
const dial = (path: string, token = 'secret'): Promise<TestClient> => TestClient.dial(`${server.url}${path}`, { token })
afterEach(() => server[Symbol.asyncDispose]())

it('the shell host confirms first, runs a shell, sends its exit code and closes after the client has everything', async () => {
  server = await startServer()
  const client = await dial('/shells?shellId=one')
  await client.hello()
  expect(client.confirmations).toMatchObject([
    { shellId: 'one', reconnected: false, bytesDropped: 0, holdfast: { v: 1, role: 'writer', out: 0, in: 0 } },
  ])
  client.type('echo $((40+2)); exit 7\n')
  await client.until(() => client.exit !== undefined)
  expect(client.text).toContain('42\r\n')
  expect(client.exit).toMatchObject({ code: 7 })
  expect(await client.untilClosed()).toEqual({ code: 1000, reason: 'exited' })
  expect(client.controls).toContainEqual(expect.objectContaining({ type: 'exit', code: 7, signal: null }))
})

it('the shell host keeps directory and environment across a drop and replays only what was missed', async () => {
  server = await startServer()
  const first = await dial('/shells?shellId=one')
  await first.hello()
  first.type('cd /usr; V=kept; echo read""y\n')
  await first.untilText('ready')
  const { lease, epoch } = first.confirmation?.holdfast ?? {}
  first.acknowledge()
  first.type('(sleep 0.1; echo late""r) &\n')
  await first.untilText('[1]')
  const at = first.received
  first.socket.terminate()
  const second = await dial(`/shells?shellId=one&lease=${lease}&epoch=${epoch}&received=${at}`)
  await second.hello()
  expect(second.confirmation).toMatchObject({ reconnected: true, bytesDropped: 0, holdfast: { out: at, epoch } })
  second.type('echo $PWD-$V\n')
  await second.untilText('/usr-kept')
  await second.untilText('later')
  expect(first.text + second.text).toMatch(/later[\s\S]*$/)
  expect(second.text).not.toContain('ready')
})

it('the shell host kicks the writer when another client of the same principal comes', async () => {
  server = await startServer()
  const first = await dial('/shells?shellId=one')
  await first.until(() => first.confirmation !== undefined)
  const second = await dial('/shells?shellId=one')
  await second.until(() => second.confirmation !== undefined)
  expect(await first.untilClosed()).toMatchObject({ code: 4000 })
  second.type('echo al""ive\n')
  await second.untilText('alive')
})

it('the shell host lets a client observe or fail instead of taking over', async () => {
  server = await startServer()
  const writer = await dial('/shells?shellId=one')
  await writer.hello()
  expect(await refusal(`${server.url}/shells?shellId=one&onConflict=fail`, { token: 'secret' })).toEqual({
    status: 409,
    code: 'shell/conflict',
  })
  const polite = await dial('/shells?shellId=one&onConflict=observe')
  await polite.hello()
  expect(polite.confirmation?.holdfast?.role).toBe('observer')
  polite.type('echo no\n')
  await polite.until(() => polite.controls.some((control) => control.type === 'error'))
  writer.type('echo se""en\n')
  await polite.untilText('seen')
  polite.control({ type: 'takeover' })
  await polite.until(() => polite.controls.some((control) => control.type === 'role'))
  expect(await writer.untilClosed()).toMatchObject({ code: 4000 })
  polite.type('echo mi""ne\n')
  await polite.untilText('mine')
})

it('the shell host replaces the same client silently and resends nothing that was accepted', async () => {
  server = await startServer()
  const first = await dial('/shells?shellId=one&lease=L1')
  await first.hello()
  first.type('echo fir""st\n')
  await first.untilText('first')
  const second = await dial(`/shells?shellId=one&lease=L1&received=${first.received}`)
  await second.hello('echo fir""st\n'.length)
  expect(second.confirmation?.holdfast).toMatchObject({ lease: 'L1', role: 'writer', in: 'echo fir""st\n'.length })
  expect(await first.untilClosed()).toMatchObject({ code: 1006 })
})

it('the shell host acknowledges input once the terminal has it', async () => {
  server = await startServer()
  const client = await dial('/shells?shellId=one')
  await client.hello()
  client.type('echo a\n')
  await client.until(() => client.inputAcks.at(-1) === 7)
})

it('the shell host gives tail and exit to a late reattach, not a new shell', async () => {
  server = await startServer()
  const first = await dial('/shells?shellId=one')
  await first.hello()
  const { lease, epoch } = first.confirmation?.holdfast ?? {}
  first.type('sleep 0.2; echo ta""il; exit 3\n')
  await first.untilText('exit 3')
  const at = first.received
  first.socket.terminate()
  while (server.host.list()[0]?.exitCode === undefined) await new Promise((resolve) => setImmediate(resolve))
  const second = await dial(`/shells?shellId=one&lease=${lease}&epoch=${epoch}&received=${at}`)
  await second.until(() => second.exit !== undefined)
  expect(second.confirmation).toMatchObject({ reconnected: true, holdfast: { out: at, epoch } })
  expect(second.text).toContain('tail')
  expect(second.exit).toMatchObject({ code: 3 })
})

it('the shell host starts another shell with another epoch under the same id once the old one was killed', async () => {
  server = await startServer()
  const first = await dial('/shells?shellId=one')
  await first.until(() => first.confirmation !== undefined)
  first.send('close')
  expect(await first.untilClosed()).toMatchObject({ code: 1000 })
  expect(first.raw.some((frame) => frame.length === 1 && frame[0] === 255)).toBe(true)
  const second = await dial(`/shells?shellId=one&received=99999&epoch=${first.confirmation?.holdfast?.epoch}`)
  await second.until(() => second.confirmation !== undefined)
  expect(second.confirmation).toMatchObject({ reconnected: false, bytesDropped: 0, holdfast: { out: 0 } })
  expect(second.confirmation?.holdfast?.epoch).not.toBe(first.confirmation?.holdfast?.epoch)
})

it('the shell host resizes the terminal and notifies the others', async () => {
  server = await startServer()
  const writer = await dial('/shells?shellId=one&width=100&height=30')
  await writer.hello()
  writer.type('stty size\n')
  await writer.untilText('30 100')
  const observer = await dial('/shells?shellId=one&mode=observe')
  await observer.hello()
  expect(observer.confirmation?.holdfast?.size).toEqual({ width: 100, height: 30 })
  writer.resize(132, 50)
  await observer.until(() => observer.controls.some((control) => control.type === 'resized'))
  writer.type('stty size\n')
  await writer.untilText('50 132')
})

it('the shell host signals what runs in the foreground past the input that waits', async () => {
  server = await startServer()
  const client = await dial('/shells?shellId=one')
  await client.hello()
  client.type(`sh -c 'echo go; exec sleep 600'\n`)
  await client.untilText('go\r\n')
  client.type('x'.repeat(100))
  client.control({ type: 'signal', name: 'SIGINT' })
  client.type('\necho d""one\n')
  await client.untilText('done')
})

it('the shell host runs a command without a terminal: streams apart, input to its end, exit code', async () => {
  server = await startServer()
  const script = 'cat; echo err >&2; exit 5'
  const query = new URLSearchParams([
    ['shellId', 'one'],
    ['tty', 'false'],
    ['command', 'sh'],
    ['command', '-c'],
    ['command', script],
  ])
  const client = await dial(`/shells?${query}`)
  await client.until(() => client.confirmation !== undefined)
  client.type('in\nput')
  client.send('close', new Uint8Array([0]))
  await client.until(() => client.exit !== undefined)
  expect(client.text).toBe('in\nput')
  expect(Buffer.concat(client.stderr).toString()).toBe('err\n')
  expect(client.exit).toMatchObject({ code: 5 })
})

it('the shell host attaches again from the beginning of the ring on request', async () => {
  server = await startServer()
  const client = await dial('/shells?shellId=one')
  await client.hello()
  client.type('echo on""ce\n')
  await client.untilText('once')
  client.control({ type: 'snapshot' })
  await client.until(() => client.confirmations.length === 2 && (client.text.match(/once/g) ?? []).length === 2)
  expect(client.confirmation).toMatchObject({ reconnected: true, holdfast: { out: 0 } })
})

it('the shell host says why a program cannot start, without a confirmation', async () => {
  server = await startServer()
  const client = await dial('/shells?shellId=one&command=no-such-program')
  await client.until(() => client.exit !== undefined)
  expect(client.confirmations).toEqual([])
  expect(client.exit).toMatchObject({ code: 127, message: expect.stringContaining('no-such-program') })
  expect(server.host.list()).toEqual([])
})

it('the shell host reports a death by signal as 128+n with its name', async () => {
  server = await startServer()
  const client = await dial('/shells?shellId=one')
  await client.until(() => client.confirmation !== undefined)
  client.type('kill -KILL $$\n')
  await client.until(() => client.exit !== undefined)
  expect(client.exit).toMatchObject({ code: 137, signal: 'SIGKILL' })
})

it('the shell host sends clients away to come back when it drains', async () => {
  server = await startServer()
  const client = await dial('/shells?shellId=one')
  await client.until(() => client.confirmation !== undefined)
  server.host.closeConnections(1012, JSON.stringify({ spreadMs: 500 }))
  expect(await client.untilClosed()).toEqual({ code: 1012, reason: '{"spreadMs":500}' })
  expect(server.host.list()).toHaveLength(1)
})
