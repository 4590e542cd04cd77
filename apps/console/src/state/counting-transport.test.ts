import type { Transport, WebSocketChannel, WebSocketFrame } from '@holdfast/core'
import { expect, it } from 'vitest'
import { CountingTransport } from './counting-transport.ts'

type Sink = Parameters<WebSocketChannel['start']>[0]

function scripted(): { readonly transport: Transport; readonly sinks: Sink[] } {
  const sinks: Sink[] = []
  const traits = { binary: true, ping: false, pause: false, requestHeaders: false }
  const nothing = (): void => {}
  const open = async (): Promise<WebSocketChannel> => ({
    ...{ traits, opening: { protocol: '' }, bufferedBytes: 0, drained: async () => {} },
    ...{ send: nothing, pause: nothing, resume: nothing, ping: nothing, close: nothing, terminate: nothing },
    start: (sink) => void sinks.push(sink),
  })
  return { transport: { name: 'scripted', traits, liveness: 'none' as const, open }, sinks }
}

it('the counting transport counts events that come again on a later connection, and passes everything on', async () => {
  const { transport, sinks } = scripted()
  const counting = new CountingTransport(transport)
  const frames: WebSocketFrame[] = []
  const event = (seq: number): string => `{"type":"broadcast","data":{"seq":1},"seq":${seq},"anchor":"ab-1"}`
  for (const sent of [
    [event(1), event(2)],
    [event(2), event(3), '{"type":"live","seq":3,"anchor":"ab-1"}', '{"type":"pong"}'],
  ]) {
    const channel = await counting.open({ url: 'ws://hub/' }, { signal: new AbortController().signal })
    channel.start({ frame: (frame) => frames.push(frame), closed: () => {} })
    for (const frame of sent) sinks.at(-1)?.frame(frame)
  }
  expect(frames).toHaveLength(6)
  expect(counting.duplicates).toBe(1)
})
