import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterEach, expect, it } from 'vitest'
import { nodePty, type PtyBackend } from '../src/index.ts'
import { startServer, TestClient, type TestServer } from './support.ts'

let server: TestServer
afterEach(() => server[Symbol.asyncDispose]())

/** Programs that would rather stay: in the background, disowned, without SIGHUP, in sessions of their own, orphaned. */
const HOSTILE = [
  'MARK & disown',
  'nohup MARK >/dev/null 2>&1 &',
  'setsid MARK &',
  '(setsid MARK & )',
  `setsid bash -c 'trap "" HUP TERM INT; MARK; :' & disown`,
  `setsid bash -c '(setsid MARK &) ; exit' &`,
  'env -i /usr/bin/setsid /bin/MARK &',
  `bash -c 'trap "(setsid MARK &)" HUP; while :; do sleep 0.1; done' &`,
  'MARK | cat | cat &',
]

/** Processes of this machine that are no zombies, by their arguments. Where there is no `/proc`, `ps` lists them. */
function processes(): string[] {
  if (!existsSync('/proc/self/stat')) {
    const lines = execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' }).split('\n')
    return lines.filter((line) => !line.startsWith('Z'))
  }
  const argsOf = (pid: string): string => {
    try {
      // Zombies have none.
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    } catch {
      return ''
    }
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(argsOf)
}

const survivors = (mark: string): string[] =>
  processes().filter((line) => line.includes(mark) && !line.includes('ps -eo'))

async function startHostile(mark: string): Promise<TestClient> {
  const client = await TestClient.dial(`${server.url}/shells?shellId=one`, { token: 'secret' })
  await client.hello()
  for (const line of HOSTILE) client.type(`${line.replace('MARK', mark)}\n`)
  client.type('echo all""started\n')
  await client.untilText('allstarted')
  while (survivors(mark).length < HOSTILE.length - 1) await new Promise((resolve) => setTimeout(resolve, 20))
  return client
}

it('the shell host leaves no process of a hostile tree when the client closes the shell', async () => {
  server = await startServer()
  const mark = `sleep ${600 + (process.pid % 1000)}.125`
  const client = await startHostile(mark)
  client.send('close')
  expect(await client.untilClosed()).toMatchObject({ code: 1000 })
  expect(survivors(mark)).toEqual([])
}, 30_000)

it('the shell host leaves no process when the host closes', async () => {
  server = await startServer()
  const mark = `sleep ${600 + (process.pid % 1000)}.25`
  await startHostile(mark)
  await server.host.close()
  expect(survivors(mark)).toEqual([])
}, 30_000)

it('the shell host kills only processes of that shell', async () => {
  server = await startServer()
  const other = await TestClient.dial(`${server.url}/shells?shellId=other`, { token: 'secret' })
  await other.hello()
  const client = await TestClient.dial(`${server.url}/shells?shellId=one`, { token: 'secret' })
  await client.hello()
  expect(await server.host.kill({ shellId: 'one' })).toEqual([])
  expect(await client.untilClosed()).toMatchObject({ code: 1000 })
  other.type('echo un""harmed\n')
  await other.untilText('unharmed')
})

it('the shell host ends a program too that was about to start when it was killed', async () => {
  let go = (): void => {}
  const isLetGo = new Promise<void>((resolve) => {
    go = resolve
  })
  let pid = 0
  const real = nodePty()
  const slow: PtyBackend = {
    name: 'slow',
    async spawn(spawn, events) {
      await isLetGo
      const spawned = await real.spawn(spawn, events)
      pid = spawned.pid
      return spawned
    },
  }
  server = await startServer({ backend: slow })
  const client = await TestClient.dial(`${server.url}/shells?shellId=one`, { token: 'secret' })
  const killed = server.host.kill({ shellId: 'one' })
  go()
  expect(await killed).toEqual([])
  expect(pid).toBeGreaterThan(0)
  expect(() => process.kill(pid, 0)).toThrow()
  client.socket.terminate()
})

it('the shell host ends a Kubernetes command whose client has gone', async () => {
  server = await startServer()
  const path = '/api/v1/namespaces/n/pods/p/exec?command=sleep&command=600&stdout=true'
  const client = await TestClient.dial(`${server.url}${path}`, { token: 'secret', protocols: ['v5.channel.k8s.io'] })
  await client.until(() => client.raw.length > 0)
  expect(client.raw[0]).toEqual(Buffer.from([1]))
  const pid = server.host.list()[0]?.pid ?? 0
  client.socket.terminate()
  const alive = (): boolean => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  while (alive()) await new Promise((resolve) => setTimeout(resolve, 20))
})
