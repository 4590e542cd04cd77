import { startChaosProxy } from '@holdfast/chaos-proxy'
import { ShellChannel, ShellSession } from '@holdfast/shell/compat'
import { afterEach, expect, it } from 'vitest'
import { startServer, TOKEN } from './server.ts'

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** Reads STDOUT until the text is there, or to the end. */
async function read(session: ShellSession, until?: string): Promise<string> {
  let text = ''
  for await (const frame of session) {
    if (frame.channel === ShellChannel.STDOUT) text += frame.text
    if (until !== undefined && text.includes(until)) break
  }
  return text
}

it('connect() of the compat session after a drop goes on where it was, with nothing twice', async () => {
  const server = await startServer()
  const [host = '', port = ''] = server.authority.split(':')
  const proxy = await startChaosProxy({ target: { host, port: Number(port) } })
  endings.push(
    () => server[Symbol.asyncDispose](),
    () => proxy.close(),
  )
  const url = `ws://${proxy.address}/shells?shellId=work`
  const headers = { authorization: `Bearer ${TOKEN}` }
  const session = new ShellSession({ connectFn: async () => ({ url, headers }), shellId: 'work' })
  endings.push(() => session.close())
  await session.connect()
  await session.send('stty -echo; echo on""e; read x; echo tw""o-$x\n')
  await read(session, 'one\r\n')
  proxy.cut()
  expect(await read(session)).toBe('')
  await session.connect()
  expect(session.reconnected).toBe(true)
  await session.send('here\n')
  const text = await read(session, 'two-here')
  expect(text).not.toContain('one\r\n')
  await session.send('exit 7\n')
  await read(session)
  expect(session.exitCode).toBe(7)
})
