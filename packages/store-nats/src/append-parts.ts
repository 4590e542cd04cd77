import { type AppendAnswer, type AppendResult, LogError } from '@holdfast/log'
import type { ReadyAppend } from './decide-appends.ts'
import { reasonOf } from './failed-request.ts'
import { RETRY_AFTER_MS } from './link.ts'
import type { NatsLogParts } from './nats-log-parts.ts'

/** What is answered where the store says no more. */
export const UNAVAILABLE: AppendResult = { outcome: 'unavailable', retryAfterMs: RETRY_AFTER_MS }
const TOO_LARGE: AppendResult = { outcome: 'refused', reason: 'too-large' }

/** In parts that fit into one message each. What is behind a part that failed is not written. */
export async function writeParts(
  opened: () => Promise<NatsLogParts>,
  session: string,
  ready: readonly ReadyAppend[],
): Promise<readonly AppendAnswer[]> {
  if (ready.length === 0) return []
  try {
    const { writers, link } = await opened()
    const most = link.maxRecordBytes
    const writer = writers.of(session)
    const parts = partsOf(
      ready.filter(({ bytes }) => bytes <= most),
      most,
    )
    const written = (await Promise.all(parts.map((part) => writer.append(part)))).flat()
    let asked = 0
    return ready.map(({ bytes }) => (bytes <= most ? (written[asked++] ?? UNAVAILABLE) : TOO_LARGE))
  } catch (error) {
    if (!(error instanceof LogError) || error.code !== 'log/unavailable') throw error
    const { reason: known } = error.details
    const reason = typeof known === 'string' ? known : reasonOf(error.cause ?? error)
    return ready.map(() => ({ outcome: 'unavailable', retryAfterMs: RETRY_AFTER_MS, reason }))
  }
}

function partsOf(ready: readonly ReadyAppend[], most: number): readonly (readonly ReadyAppend[])[] {
  const parts: ReadyAppend[][] = []
  let room = 0
  for (const one of ready) {
    if (one.bytes > room) {
      parts.push([])
      room = most
    }
    parts.at(-1)?.push(one)
    room -= one.bytes
  }
  return parts
}
