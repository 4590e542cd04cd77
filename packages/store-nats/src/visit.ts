import type { AttachedSender } from '@holdfast/log'
import { senderMark } from './chain-record.ts'
import type { SessionWriter, WriterHost } from './session-writer.ts'
import { unknown } from './sessions.ts'

/** A contact is worth a record of its own once in this part of the time that a sender is remembered. */
const TOUCH_PART = 24

/** A sender is here, until it is released. */
export async function visit(
  host: WriterHost,
  session: string,
  writer: SessionWriter,
  id: string,
): Promise<AttachedSender> {
  const release = host.visitors.hold(writer.place.token, id)
  try {
    const state = await touch(host, session, writer, id)
    return {
      state,
      release: () => {
        if (release()) touch(host, session, writer, id, true).catch(() => {})
      },
    }
  } catch (error) {
    release()
    throw error
  }
}

/** What is known of it; stored anew where its last contact was long ago, so that other nodes know of this one. */
function touch(
  { settings, visitors }: WriterHost,
  session: string,
  writer: SessionWriter,
  id: string,
  isLeaving = false,
): Promise<AttachedSender['state']> {
  const { token } = writer.place
  const now = settings.clock.epoch()
  return writer.inTurn(async () => {
    const { mark, memory } = await writer.current()
    if (mark === null) throw unknown(session)
    // The one that arrives was not here before: its time may have run out.
    const known = memory.senders.get(id, now, isLeaving)
    if (known === undefined) return null
    if (!known.attached || now - known.seen >= settings.limits.senderAgeMs / TOUCH_PART) {
      await writer.commit((state) => {
        const last = state.memory.senders.get(id, now, isLeaving || visitors.has(token, id))
        if (state.mark === null || last === undefined) return { draft: null, answer: undefined }
        const senders = [{ ...last, seen: now, attached: true }]
        return { draft: { mark: { ...state.mark, ...senderMark(state.mark, state.seq) }, senders }, answer: undefined }
      })
    }
    return { highest: known.highest, first: known.first, last: known.last }
  })
}
