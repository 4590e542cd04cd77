import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  CLEAN_ENVIRONMENT,
  CLI_MAIN,
  type Ended,
  GATEWAY_MAIN,
  type GatewayProcess,
  run,
  startGateway,
} from './gateway-process.ts'

const ADMIN = { HOLDFAST_TOKEN: 't' }
let data = ''
let gateway: GatewayProcess
beforeEach(async () => {
  data = join(mkdtempSync(join(tmpdir(), 'holdfast-store-')), 'data')
  gateway = await start()
})
afterEach(async () => {
  await gateway.stop('SIGTERM')
  rmSync(dirname(data), { recursive: true, force: true })
})

const start = (): Promise<GatewayProcess> =>
  startGateway(['--port', '0', '--data', data, '--token', 't', '--token', 'o=eve:observe'])
const cli = (args: readonly string[], environment = {}): Promise<Ended> =>
  run(CLI_MAIN, args, { ...ADMIN, HOLDFAST_URL: gateway.url, ...environment }).ended
const lead = (text: string): Promise<Ended> => cli(['lead', '--session', 's', '--', 'echo', text])
const ready = async (query = ''): Promise<readonly [number, string]> => {
  const answer = await fetch(`${gateway.url}/readyz${query}`)
  return [answer.status, await answer.text()]
}

it('a data folder that is gone is reported by readiness, metric, log, doctor and to writers, and is well again when it is back', async () => {
  expect((await lead('before')).code).toBe(0)
  expect((statSync(data).mode & 0o777).toString(8)).toBe('700')
  renameSync(data, `${data}.away`)
  await expect.poll(() => ready().then(([status]) => status)).toBe(503)
  expect(await ready()).toEqual([503, expect.stringMatching(/"failing":\{"append":"the data folder/)])
  expect(await ready('?for=read')).toEqual([200, expect.stringContaining('"ready"')])
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
  expect(metrics).toContain('holdfast_store_ok{op="append"} 0')
  expect(metrics).toContain('holdfast_store_ok{op="read"} 1')
  const doctor = await cli(['doctor', gateway.url])
  expect([doctor.code, doctor.stdout]).toEqual([1, expect.stringMatching(/store +it cannot write: the data folder/)])
  const headers = { authorization: 'Bearer t', 'content-type': 'application/json' }
  const refused = await fetch(`${gateway.url}/api/hub/session`, { method: 'POST', body: '{}', headers })
  expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining('the data folder')])
  renameSync(`${data}.away`, data)
  await expect.poll(() => ready().then(([status]) => status)).toBe(200)
  expect((await lead('after')).code).toBe(0)
  const { stderr } = await gateway.stop('SIGTERM')
  expect(stderr.match(/The store cannot write/g)).toHaveLength(1)
})

it('a writer that is refused learns why, not that there is no answer', async () => {
  renameSync(data, `${data}.away`)
  const { code, stderr } = await lead('never')
  expect([code, stderr]).toEqual([8, expect.stringMatching(/answers: .*the data folder, or a file in it, was removed/)])
  renameSync(`${data}.away`, data)
})

it('a backup is taken while the gateway runs, checked, and a gateway starts on it', async () => {
  expect((await lead('kept')).code).toBe(0)
  const file = join(dirname(data), 'copy.db')
  const made = await cli(['backup', file, '--json'])
  expect(made).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(made.stdout)).toMatchObject({ isWhole: true, damaged: [], bytes: statSync(file).size })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(data).filter((name) => name.startsWith('backup'))).toEqual([])

  const again = await cli(['backup', file])
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('is there already')])
  const refused = await cli(['backup', `${file}.2`], { HOLDFAST_TOKEN: 'o' })
  expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('needs the scope admin')])
  const inUse = await cli(['store', 'check', data])
  expect([inUse.code, inUse.stderr]).toEqual([2, expect.stringContaining('holdfast backup')])
  expect(readdirSync(dirname(data)).sort()).toEqual(['copy.db', 'data'])

  await gateway.stop('SIGTERM')
  rmSync(data, { recursive: true })
  data = join(dirname(data), 'restored')
  gateway = await start()
  await gateway.stop('SIGTERM')
  copyFileSync(file, join(data, 'sessions.db'))
  const checked = await cli(['store', 'check', data])
  expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining('everything can be read')])
  gateway = await start()
  const answer = await fetch(`${gateway.url}/api/hub/session/s/events/history`, {
    headers: { authorization: 'Bearer t' },
  })
  expect(await answer.text()).toContain('kept')
})

it('a check names what is damaged, and a gateway reports it to its readers', async () => {
  const lines = 'x'.repeat(30_000)
  expect((await cli(['lead', '--session', 's', '--', 'sh', '-c', `echo ${lines}`])).code).toBe(0)
  await gateway.stop('SIGTERM')
  const file = join(data, 'sessions.db')
  const bytes = readFileSync(file)
  const page = Math.floor(bytes.indexOf('x'.repeat(3_000)) / 4096) + 2
  bytes.fill(0, page * 4096, (page + 1) * 4096)
  writeFileSync(file, bytes)
  const checked = await cli(['store', 'check', data])
  expect([checked.code, checked.stdout]).toEqual([
    1,
    expect.stringContaining('session s: a page of the file is damaged'),
  ])
  gateway = await start()
  const observed = await cli(['observe', 's'])
  expect([observed.code, observed.stderr]).toEqual([
    1,
    expect.stringContaining('What is stored of this session is damaged'),
  ])
  const other = await cli(['lead', '--session', 'other', '--', 'echo', 'well'])
  expect(other.code).toBe(0)
})

it('a gateway that may open too few files says so in a sentence', () => {
  const command = 'ulimit -n 50; exec "$0" "$1" --port 0 --store memory'
  const { status, stderr } = spawnSync('/bin/sh', ['-c', command, process.execPath, GATEWAY_MAIN], {
    env: CLEAN_ENVIRONMENT,
    timeout: 30_000,
  })
  expect([status, String(stderr)]).toEqual([
    2,
    expect.stringMatching(/^A gateway needs more open files .*ulimit -n 4096\n$/),
  ])
})
