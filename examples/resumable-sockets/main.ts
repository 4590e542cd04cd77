import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startChaosProxy } from '@holdfast/chaos-proxy'
import { orderClient } from './client.ts'
import { orderServer } from './server.ts'

let booked = 0
const http = createServer()
const orders = orderServer(http, async () => ++booked)
http.listen(0, '127.0.0.1')
await once(http, 'listening')
const { port }: Partial<AddressInfo> = Object(http.address())
const network = await startChaosProxy({ target: { host: '127.0.0.1', port: port ?? 0 } })

const lines: string[] = []
const socket = orderClient(`ws://${network.address}`, (line) => {
  lines.push(line)
  process.stdout.write(`${line}\n`)
})
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
for (let n = 1; n <= 40; n += 1) {
  socket.send(`order ${n}`)
  await pause(25)
  if (n === 10) process.stdout.write('The network is restarted: links are cut, and nobody can connect.\n')
  if (n === 10) await network.refuse(true)
  if (n === 10) network.cut()
  if (n === 30) await network.refuse(false)
}
while (lines.length < 40) await pause(10)
process.stdout.write(`${booked} orders were booked, ${new Set(lines).size} receipts came.\n`)
socket.close()
orders.close()
await network.close()
http.close()
