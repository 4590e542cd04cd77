import { afterEach, expect, it } from 'vitest'
import { refusal, startServer, TestClient, type TestServer } from './support.ts'

let server: TestServer
const dial = (path: string, token = 'secret'): Promise<TestClient> => TestClient.dial(`${server.url}${path}`, { token })
afterEach(() => server[Symbol.asyncDispose]())

async function run(shellId: string, token: string, command: string): Promise<TestClient> {
  const client = await dial(`/shells?shellId=${shellId}&tty=false&command=sh&command=-c&command=${command}`, token)
  await client.until(() => client.confirmation !== undefined)
  return client
}

it('a principal that opens as many shells as it may leaves room for another', async () => {
  server = await startServer({ limits: { maxShells: 6, maxShellsPerPrincipal: 3 } })
  for (let index = 0; index < 3; index++) await run(`pool${index}`, 'secret', 'cat')
  expect(await refusal(`${server.url}/shells?shellId=more`, { token: 'secret' })).toEqual({
    status: 503,
    code: 'shell/too_many',
  })
  await run('pool0', 'other', 'cat')
  expect(server.host.list().filter(({ owner }) => owner === 'bob')).toHaveLength(1)
})

it('the bound of a session counts the shells of each principal for themselves', async () => {
  server = await startServer({ limits: { maxAttachedPerSession: 1 } })
  const headers = { 'X-Amzn-Bedrock-AgentCore-Runtime-Session-Id': 'shared-session-of-thirty-three-chars' }
  for (const token of ['secret', 'other']) {
    const client = await TestClient.dial(`${server.url}/shells?shellId=one`, { token, headers })
    await client.until(() => client.confirmation !== undefined)
  }
  expect(await refusal(`${server.url}/shells?shellId=two`, { token: 'secret', headers })).toMatchObject({ status: 503 })
})

it('the ended shells of the principal with most of them are forgotten first', async () => {
  server = await startServer({ limits: { maxTombstones: 3 } })
  const finish = async (shellId: string, token: string): Promise<void> => {
    const client = await run(shellId, token, 'true')
    await client.until(() => client.exit !== undefined)
    client.socket.close()
    await client.untilClosed()
  }
  await finish('kept', 'other')
  for (let index = 0; index < 6; index++) await finish(`gone${index}`, 'secret')
  expect(server.host.list().map(({ owner }) => owner)).toContain('bob')
  expect(server.host.list().length).toBeLessThanOrEqual(5)
})
