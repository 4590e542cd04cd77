import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startChaosProxy } from '@holdfast/chaos-proxy'
import { build } from 'esbuild'
import { expect, it, onTestFinished } from 'vitest'
import { browserOfFile } from '../../tests/e2e/console/browser.ts'
import { orderClient } from './client.ts'
import { orderServer } from './server.ts'

const tests = browserOfFile()
const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1)
const receipts = upTo(40).map((n) => `receipt ${n} for order ${n}`)

/** A server, and the network in front of it. */
async function world(page = '') {
  const booked: string[] = []
  const http = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end(`<!doctype html><title>orders</title><body><script>${page}</script>`)
  })
  const open = () => orderServer(http, async (order) => booked.push(order))
  let orders = open()
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port }: Partial<AddressInfo> = Object(http.address())
  const network = await startChaosProxy({ target: { host: '127.0.0.1', port: port ?? 0 } })
  const close = async () => {
    orders.close()
    await network.close()
    http.closeAllConnections()
    http.close()
  }
  onTestFinished(close)
  return {
    ...{ booked, network, origin: `http://127.0.0.1:${port}` },
    /** Links are cut, and nobody can connect for a while. */
    async restartNetwork(meanwhile: () => Promise<unknown>) {
      await network.refuse(true)
      network.cut()
      await meanwhile()
      await network.refuse(false)
    },
    restartServer() {
      orders.close()
      http.removeAllListeners('upgrade')
      orders = open()
    },
  }
}

it('through a restart of the network every order of a client in Node.js is booked once, and its receipt comes once', async () => {
  const { booked, network, restartNetwork, restartServer } = await world()
  const lines: string[] = []
  const socket = orderClient(`ws://${network.address}`, (line) => void lines.push(line))
  onTestFinished(() => socket.close())
  for (const n of upTo(10)) socket.send(`order ${n}`)
  await expect.poll(() => lines.length).toBeGreaterThan(0)
  await restartNetwork(async () => {
    for (const n of upTo(40).slice(10)) socket.send(`order ${n}`)
    await expect.poll(() => socket.connection.state).not.toBe('open')
  })
  await expect.poll(() => lines, { timeout: 20_000 }).toEqual(receipts)
  expect(booked).toEqual(upTo(40).map((n) => `order ${n}`))
  // A server that was restarted has forgotten the client, which goes on in a new session.
  restartServer()
  socket.send('order 41')
  await expect.poll(() => lines.at(-1)).toMatch(/order 41$/)
  socket.send('order 42')
  await expect.poll(() => lines.at(-1)).toMatch(/^receipt \d+ for order 42$/)
})

it('through a restart of the network every order of a page is booked once, and its receipt comes once', async () => {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'page.ts')],
    ...{ bundle: true, format: 'iife', platform: 'browser', conditions: ['@holdfast/source'], write: false },
  })
  const { booked, network, origin, restartNetwork } = await world(outputFiles[0]?.text)
  await using context = await tests.browser.newContext()
  const page = await context.newPage()
  await page.goto(`${origin}/#${network.address}`)
  const lines = () => page.locator('li').allTextContents()
  await expect.poll(() => booked.length).toBeGreaterThan(5)
  await restartNetwork(() => new Promise((resolve) => setTimeout(resolve, 500)))
  await expect.poll(lines, { timeout: 20_000 }).toEqual(receipts)
  expect(booked).toEqual(upTo(40).map((n) => `order ${n}`))
})

it('the example of resumable sockets runs by its own command', async () => {
  const runner = new URL('../../scripts/run.mjs', import.meta.url).pathname
  const run = promisify(execFile)
  const { stdout } = await run('node', [runner, 'main.ts'], { cwd: import.meta.dirname, timeout: 50_000 })
  expect(stdout).toContain('40 orders were booked, 40 receipts came.')
})
