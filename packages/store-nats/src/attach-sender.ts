import { type AttachedSender, newSender } from '@holdfast/log'
import { senderMark } from './chain-record.ts'
import type { SessionWriter, WriterHost } from './session-writer.ts'
import { unknown } from './sessions.ts'

/** A contact is worth a record of its own once in this part of the time that a sender is remembered. */
const TOUCH_PART = 24

/** A sender is here, until it is released. */
export async function attachSender(
  host: WriterHost,
  session: string,
  writer: SessionWriter,
  { id, begins }: { readonly id: string; readonly begins: boolean },
): Promise<AttachedSender> {
  const release = host.connectedSenders.attach(writer.place.token, id)
  try {
    const state = await touch(host, session, writer, { id, begins, isLeaving: false })
    return {
      state,
      release: () => {
        if (release()) touch(host, session, writer, { id, begins: false, isLeaving: true }).catch(() => {})
      },
    }
  } catch (error) {
    release()
    throw error
  }
}

/** What is known of it. Stored anew where it is new, or its last contact was long ago, so that other nodes know of it. */
function touch(
  { settings, connectedSenders }: WriterHost,
  session: string,
  writer: SessionWriter,
  { id, begins, isLeaving }: { readonly id: string; readonly begins: boolean; readonly isLeaving: boolean },
): Promise<AttachedSender['state']> {
  const { limits, clock } = settings
  const now = clock.epoch()
  const isHere = (other: string): boolean => other !== id && connectedSenders.has(writer.place.token, other)
  return writer.inTurn(() =>
    writer.commit(({ mark, memory, seq }) => {
      if (mark === null) throw unknown(session)
      // The one that arrives was not here before: its time may have run out.
      const known = memory.senders.get(id, now, isLeaving)
      const answer = known === undefined ? null : { highest: known.highest, first: known.first, last: known.last }
      const isRecent = known?.attached === true && now - known.seen < limits.senderAgeMs / TOUCH_PART
      if (isRecent || (known === undefined && !begins)) return { draft: null, answer }
      const dropped = known === undefined ? memory.senders.surplus(1, now, isHere) : []
      const senders = [known === undefined ? newSender(id, now) : { ...known, seen: now, attached: true }]
      return { draft: { mark: { ...mark, ...senderMark(mark, seq) }, senders, dropped }, answer }
    }),
  )
}
