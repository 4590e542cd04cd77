import { once } from 'node:events'
import { createServer } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { type AcceptOptions, acceptChannel } from '../src/index.ts'

const FRAMES = 5_000

/** What a server hears of a client that says thousands at once and leaves: its frames, by the turn in which they came. */
async function heard(options: AcceptOptions): Promise<{ readonly frames: string[]; readonly byTurn: number[] }> {
  const http = createServer()
  const server = new WebSocketServer({ server: http })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  onTestFinished(() => void http.close())
  const address = http.address()
  const client = new WebSocket(`ws://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`)
  const [webSocket, request] = await once(server, 'connection')
  await once(client, 'open')
  const frames: string[] = []
  const byTurn: number[] = [0]
  let isOver = false
  acceptChannel(webSocket, request, options).start({
    frame: (frame) => {
      frames.push(String(frame))
      byTurn[byTurn.length - 1] = (byTurn.at(-1) ?? 0) + 1
    },
    closed: () => {
      isOver = true
    },
  })
  for (let n = 0; n < FRAMES; n++) client.send(`${n}`)
  client.close()
  while (!isOver) {
    await turn()
    byTurn.push(0)
  }
  return { frames, byTurn }
}

test('an accepted channel delivers 16 frames of a client in a turn, so that others have theirs, and loses none', async () => {
  const { frames, byTurn } = await heard({})
  expect(frames).toEqual(Array.from({ length: FRAMES }, (_, n) => `${n}`))
  // A turn of the channel's may begin within one of this test's.
  expect(Math.max(...byTurn)).toBeLessThanOrEqual(2 * 16)
})

test('an accepted channel delivers as many frames in a turn as was asked for', async () => {
  const { frames, byTurn } = await heard({ maxFramesPerTurn: 1_000_000 })
  expect(frames).toHaveLength(FRAMES)
  expect(Math.max(...byTurn)).toBeGreaterThan(100)
})

test.each([0, 1.5])('the Node transport takes no maxFramesPerTurn of %d', async (maxFramesPerTurn) => {
  await expect(heard({ maxFramesPerTurn })).rejects.toThrow('maxFramesPerTurn must be a whole number')
})
