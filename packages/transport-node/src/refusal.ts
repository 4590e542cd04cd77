import type { IncomingMessage } from 'node:http'
import type { Clock } from '@holdfast/contract'

/** How much of a refusal's body is kept. */
const MAX_BODY_BYTES = 4096
/** A refusal is reported after this long even where its body has not ended. */
const BODY_TIMEOUT_MS = 1000

/** Reads the first bytes of a refusal's body as text. Calls back once; the caller then frees the socket. */
export function readRefusal(response: IncomingMessage, clock: Clock, done: (body: string) => void): void {
  const chunks: Buffer[] = []
  let size = 0
  const finish = (): void => {
    timer.cancel()
    for (const event of ['end', 'close', 'error']) response.off(event, finish)
    response.off('data', read)
    response.on('error', () => {})
    done(new TextDecoder().decode(Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES)))
  }
  const read = (chunk: Buffer): void => {
    chunks.push(chunk)
    size += chunk.length
    if (size >= MAX_BODY_BYTES) finish()
  }
  const timer = clock.after(BODY_TIMEOUT_MS, finish)
  for (const event of ['end', 'close', 'error']) response.once(event, finish)
  response.on('data', read)
}
