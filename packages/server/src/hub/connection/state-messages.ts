import { historyPage } from '../delivery/history.ts'
import { hydrationText } from '../delivery/hydration.ts'
import type { ConnectionParts } from './connection-parts.ts'

/** Where a client stands in the log. */
interface Place {
  readonly at: number
  readonly eventHash: string
}

/** Sends the state so far to a client that stands there. */
export function sendState({ channel, context, session, resumes, isPaged }: ConnectionParts, place: Place): void {
  const { at, eventHash } = place
  const isExact = at === session.head
  const stamp = resumes && isExact ? { seq: at, anchor: eventHash } : undefined
  const text = hydrationText(session, 'session_hydration', { stamp, isPaged, hasEarlier: resumes })
  channel.send(text)
  context.gate.sent(text.length, channel.drained())
}

/** Sends a page of the conversation, no faster than the client takes it. */
export async function sendHistoryPage(
  { channel, context, session }: ConnectionParts,
  { id, before, signal }: { readonly id: string; readonly before: number; readonly signal: AbortSignal },
): Promise<void> {
  if (signal.aborted) return
  const { text } = await historyPage(session, { type: 'session_history', id }, before)
  channel.send(text)
  if (channel.bufferedBytes > context.limits.socketHighBytes) await channel.drained(signal).catch(() => {})
}

/** Reports to a client that it has everything (`live`), or where the head is though filters skipped (`mark`). */
export function sendHead({ channel }: ConnectionParts, type: 'live' | 'mark', { at: seq, eventHash }: Place): void {
  channel.send(JSON.stringify(eventHash === '' ? { type, seq } : { type, seq, anchor: eventHash }))
}
