import { HubObserver } from '@holdfast/hub'
import { eventStream } from '@holdfast/transport-sse'
import { expect, it } from 'vitest'
import { event, startHub } from './support.ts'

/** So many observers at a time. */
const AT_ONCE = 16
/** From one cut to the next, in bytes. The transport's own test cuts at every one, in virtual time. */
const STRIDE = process.env['HOLDFAST_LONG'] === '1' ? 11 : 29
const TEXTS = ['one', 'grüße 漢字', '🧵', 'two\nlines'] as const

/** Passes on so many bytes of a response's body, and breaks it there. `read` is told of every byte. */
function brokenAfter(response: Response, bytes: number, read: (count: number) => void): Response {
  const reader = response.body?.getReader()
  let left = bytes
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value } = (await reader?.read()) ?? {}
      if (value === undefined) return controller.close()
      read(value.length)
      if (value.length < left) {
        left -= value.length
        return controller.enqueue(value)
      }
      if (left > 0) controller.enqueue(value.subarray(0, left))
      controller.error(new Error('the connection was cut'))
      await reader?.cancel()
    },
    cancel: (reason) => reader?.cancel(reason),
  })
  return new Response(body, response)
}

interface Watched {
  readonly texts: readonly unknown[]
  readonly gaps: readonly unknown[]
  readonly dials: number
  readonly bytes: number
}

/** All that an observer is told whose first stream is cut after so many bytes. */
async function watch(url: string, after: string, cutAt: number): Promise<Watched> {
  const texts: unknown[] = []
  const gaps: unknown[] = []
  let dials = 0
  let bytes = 0
  await new Promise<void>((resolve, reject) => {
    const observer = new HubObserver({
      transport: eventStream({
        fetch: async (target, init) => {
          dials += 1
          const response = await fetch(target, init)
          if (dials > 1) return response
          return brokenAfter(response, cutAt, (count) => {
            bytes += count
          })
        },
      }),
      url,
      sessionId: 's',
      after,
      retry: { baseMs: 1, firstMs: 1, capMs: 5 },
      onMessage: ({ data: message }) => {
        if (message.type !== 'broadcast') return
        const data = Object(message['data'])
        if (data['end'] !== true) return void texts.push(data['text'])
        void observer.close().then(resolve)
      },
      onGap: (gap) => gaps.push(gap),
      onProblem: reject,
    })
    observer.connect()
  })
  return { texts, gaps, dials, bytes }
}

it('a stream that is cut goes on where it was, with every event once and in order', async () => {
  const { base, client, log } = await startHub()
  const lead = client({ role: 'lead', sessionId: 's' })
  await lead.type('init')
  for (const [at, text] of TEXTS.entries()) lead.send(event(`e${at}`, 'agent_progress', { text }))
  lead.send(event('end', 'agent_progress', { end: true }))
  await lead.next((frame) => frame['id'] === 'end')
  const { epoch } = await log.head('s')
  const whole = await watch(base, `${epoch}.0.`, Number.POSITIVE_INFINITY)
  expect(whole).toMatchObject({ texts: TEXTS, gaps: [], dials: 1 })
  expect(whole.bytes).toBeGreaterThan(800)
  let next = 0
  const one = async (): Promise<void> => {
    while (next < whole.bytes) {
      const cutAt = next
      next += STRIDE
      const { texts, gaps } = await watch(base, `${epoch}.0.`, cutAt)
      expect({ cutAt, texts, gaps }).toEqual({ cutAt, texts: TEXTS, gaps: [] })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
}, 60_000)
