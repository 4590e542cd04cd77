import type { HubLiveMessage, HubMarkMessage } from '@holdfast/protocol/hub/messages'
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

/** Reports to a client that it has everything (`live`), or where the head is though it was not sent everything (`mark`). */
export function sendHead({ channel }: ConnectionParts, head: HubLiveMessage | HubMarkMessage): void {
  channel.send(headText(head))
}

/** The anchor is left out where there is none. */
export function headText(head: HubLiveMessage | HubMarkMessage): string {
  return JSON.stringify(head.anchor === '' ? { ...head, anchor: undefined } : head)
}
