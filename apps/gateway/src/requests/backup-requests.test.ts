import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@holdfast/core/contract'
import { slowGuesses } from '@holdfast/gate'
import { attachEndpoints, memoryLog, parseToken, tokenAuthenticate, trustedProxies } from '@holdfast/server'
import { expect, it, onTestFinished } from 'vitest'
import { BACKUP_PATH } from './backup-path.ts'
import { backupRequests } from './backup-requests.ts'

async function served() {
  const data = mkdtempSync(join(tmpdir(), 'holdfast-backup-'))
  const log = memoryLog()
  const proxies = trustedProxies([])
  const tokens = ['root=root:admin', 'olga=olga:observe'].map(parseToken)
  const authenticate = slowGuesses(tokenAuthenticate(tokens), { proxies, logger: silentLogger })
  const store = { log, backup: async (path: string) => writeFileSync(path, 'a copy') }
  const server = createServer((_request, response) => response.writeHead(404).end())
  const doors = { authenticate, origins: ['https://ops.example'], proxies, logger: silentLogger }
  const detach = attachEndpoints(server, { upgrades: [], requests: [backupRequests(store, { data }, doors)] })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    detach()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await log.close()
    rmSync(data, { recursive: true })
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const ask = (headers: Readonly<Record<string, string>>, method = 'POST'): Promise<string> =>
    new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path: BACKUP_PATH, method, headers }, (response) => {
        let body = ''
        response.on('data', (chunk) => {
          body += chunk
        })
        response.on('end', () => resolve(`${response.statusCode} ${body}`))
      })
      asked.on('error', reject).end()
    })
  return { ask, data }
}

it('a copy is for the scope admin, from pages that may ask, and asked for by POST', async () => {
  const { ask, data } = await served()
  const root = { authorization: 'Bearer root' }
  expect(await ask(root)).toBe('200 a copy')
  expect(await ask({ ...root, origin: 'https://ops.example' })).toBe('200 a copy')
  expect(await ask({ ...root, origin: 'https://evil.example' })).toMatch(
    /^403 .*"code":"store\/forbidden".*evil\.example/,
  )
  expect(await ask({ authorization: 'Bearer olga' })).toMatch(/^403 .*scope admin/)
  expect(await ask({})).toMatch(/^401 .*"code":"store\/unauthorized"/)
  expect(await ask(root, 'GET')).toMatch(/^405 /)
  // Removed once it is sent, which is after the answer has begun to arrive.
  await expect.poll(() => readdirSync(data)).toEqual([])
})

it('a guesser of tokens is slowed at the backup endpoint as at every other one', async () => {
  const { ask } = await served()
  const guesses = Array.from({ length: 100 }, (_, i) => ask({ authorization: `Bearer wrong-${i}` }))
  const answers = await Promise.all(guesses)
  expect(answers.filter((answer) => answer.startsWith('429 ')).length).toBeGreaterThan(0)
  expect(await ask({ authorization: 'Bearer root' })).toBe('200 a copy')
})
