import { systemClock, type WebSocketFrame } from '@holdfast/contract'
import { expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { acceptChannel } from './accept.ts'
import { nodeWebSocket } from './node-web-socket.ts'

test('carries text and bytes both ways over a real socket', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  server.on('connection', (socket, request) => {
    const channel = acceptChannel(socket, request, { clock: systemClock })
    channel.start({ frame: (frame) => channel.send(frame), closed: () => {} })
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const channel = await nodeWebSocket().open(
    { url: `ws://127.0.0.1:${port}` },
    { signal: new AbortController().signal },
  )
  const frames: WebSocketFrame[] = []
  const end = await new Promise((resolve) => {
    channel.start({
      frame: (frame) => {
        frames.push(frame)
        if (frames.length === 2) channel.close(1000, 'done')
      },
      closed: resolve,
    })
    channel.send('text')
    channel.send(new Uint8Array([1, 2, 3]))
  })
  expect(frames[0]).toBe('text')
  expect([...(frames[1] ?? [])]).toEqual([1, 2, 3])
  expect(end).toEqual({ code: 1000, reason: 'done', clean: true })
  await new Promise((resolve) => server.close(resolve))
})
