import type { Ending } from './frames.ts'

/** One event of a stream of server-sent events. */
export interface StreamEvent {
  readonly event: string
  readonly id: string
  readonly data: string
}

/** Reads a stream; resolves with how it ended. Events without data are left out. Never rejects. */
export async function readEventStream(
  body: ReadableStream<Uint8Array>,
  put: (event: StreamEvent) => void,
): Promise<Ending> {
  const decoder = new TextDecoder()
  let text = ''
  let id = ''
  try {
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true })
      const blocks = text.split(/\r?\n\r?\n/)
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const event = eventOf(block, id)
        id = event.id
        if (event.data !== '') put(event)
      }
    }
    return { code: 1000, reason: 'the stream ended' }
  } catch (error) {
    return { code: 1006, reason: String(error) }
  }
}

function eventOf(block: string, id: string): StreamEvent {
  const fields = block.split(/\r?\n/).map((line) => /^([^:]*):? ?(.*)$/.exec(line) ?? [])
  const valuesOf = (name: string): readonly string[] =>
    fields.filter(([, field]) => field === name).map(([, , value = '']) => value)
  return { event: valuesOf('event').at(-1) ?? '', id: valuesOf('id').at(-1) ?? id, data: valuesOf('data').join('\n') }
}
