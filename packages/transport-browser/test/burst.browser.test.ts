import { Connection, messages } from '@holdfast/core'
import { afterEach, expect, it } from 'vitest'
import { commands } from 'vitest/browser'
import { browserWebSocket } from '../src/index.ts'
import type { ServerCommands } from './server-commands.ts'

const server = commands as unknown as ServerCommands
let connection: Connection<{ n: number }>
let number: number

afterEach(async () => {
  await connection.close({ flushMs: 0 })
  await server.stopServer(number)
})

async function burst(count: number, characters: number) {
  const started = await server.startServer()
  number = started.server
  connection = new Connection<{ n: number }>({ transport: browserWebSocket(), target: started.url })
  await connection.connect()
  const { link } = await server.takeLink(number)
  return () => server.linkSendMany(link, count, characters)
}

/** Reads so many, and takes its time after every eighth. */
async function slowly(count: number): Promise<{ readonly numbers: readonly number[]; readonly most: number }> {
  const numbers: number[] = []
  const stream = messages(connection)
  let most = 0
  for await (const { n } of stream) {
    most = Math.max(most, stream.count)
    numbers.push(n)
    if (numbers.length === count) break
    if (numbers.length % 8 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return { numbers, most }
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

it('3,000 short messages in a burst reach a slow loop: all, in order, over one link', async () => {
  const send = await burst(3_000, 60)
  const read = slowly(3_000)
  await send()
  expect((await read).numbers).toEqual(upTo(3_000))
  expect(connection.metrics.dials).toBe(1)
})

it('the messages of a burst reach a loop that begins late, up to a thousand of them', async () => {
  const send = await burst(1_000, 60)
  await send()
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect((await slowly(1_000)).numbers).toEqual(upTo(1_000))
  expect(connection.metrics.gaps).toBe(0)
})

it('100 messages of 1 MiB reach a slow loop, which never has more than 8 MiB before it', async () => {
  const send = await burst(100, 1_048_576)
  const read = slowly(100)
  await send()
  const { numbers, most } = await read
  expect(numbers).toEqual(upTo(100))
  expect(most).toBeLessThanOrEqual(8)
})
