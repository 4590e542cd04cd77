import type { Clock } from '@holdfast/contract'
import type { ByteStream } from './fetch-types.ts'

/** How much of a refusal's body is read: a server's own reason is short. */
const MAX_BODY_BYTES = 4_096
/** A refusal is reported after this long even where its body has not ended. In milliseconds. */
const BODY_TIMEOUT_MS = 1_000

/** The first bytes of a refusal's body as text, as far as they come before the signal. Never rejects, and frees the body. */
export async function readRefusal(body: ByteStream, clock: Clock, signal: AbortSignal): Promise<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const leave = (): void => void reader.cancel().catch(() => {})
  const timer = clock.after(BODY_TIMEOUT_MS, leave)
  signal.addEventListener('abort', leave)
  let text = ''
  try {
    for (let left = MAX_BODY_BYTES; left > 0; ) {
      const { done, value } = await reader.read()
      if (done || value === undefined) break
      text += decoder.decode(value.subarray(0, left), { stream: true })
      left -= value.length
    }
  } catch {
    // What came before the break is reported.
  }
  timer.cancel()
  signal.removeEventListener('abort', leave)
  leave()
  return text
}
