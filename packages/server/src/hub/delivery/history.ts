import type { HubLost } from '@holdfast/protocol/hub/messages'
import type { SessionCore } from '../session/session-core.ts'
import { defined, EntryReader } from '../state/entries.ts'
import type { EntryPage } from '../state/entry-blocks.ts'
import { readRecord } from '../state/records.ts'

/** About so many bytes are a page of history. */
export const HISTORY_PAGE_BYTES = 262_144

/** Events that are looked through for a page at a time, and those before them that are read for what they repeat. */
const WINDOW = 256
/** A request looks through at most so many windows; where they have no entries, the next one continues. */
const MAX_WINDOWS = 8

/** Entries before an event, the newest that fit. */
interface HistoryPage extends EntryPage {
  /** Events before the page that the log no longer has: their entries are gone. */
  readonly lost?: HubLost | undefined
}

/** A page of the conversation as the text of a message: entries of the events before `before`. */
export async function historyPage(session: SessionCore, head: object, before: number): Promise<EntryPage> {
  const known = session.state.entries.before(before, HISTORY_PAGE_BYTES)
  const { text, earlier, lost } = known === undefined ? await pageOfLog(session, before) : { ...known, lost: undefined }
  const headText = JSON.stringify(defined({ ...head, sessionId: session.sessionId, earlier, lost }))
  return { text: `${headText.slice(0, -1)},"entries":[${text}]}`, earlier }
}

/** What the state no longer holds, out of the log. */
async function pageOfLog(session: SessionCore, before: number): Promise<HistoryPage> {
  const { first, last } = await session.context.log.head(session.sessionId)
  let to = Math.min(before, last + 1)
  for (let windows = 0; windows < MAX_WINDOWS && to > first; windows++) {
    const from = Math.max(first, to - WINDOW)
    const { text, begin } = await readWindow(session, Math.max(first, from - WINDOW), from, to)
    to = begin
    if (text !== '') return { text, ...(to > first ? { earlier: to } : endOf(first)) }
  }
  return { text: '', ...(to > first ? { earlier: to } : endOf(Math.min(before, first))) }
}

/** The newest entries of events `from` to `to`, and the event that they begin with. `warm` is where reading starts. */
async function readWindow(
  session: SessionCore,
  warm: number,
  from: number,
  to: number,
): Promise<{ readonly text: string; readonly begin: number }> {
  const reader = new EntryReader()
  const kept: { readonly n: number; readonly text: string; readonly bytes: number }[] = []
  let bytes = 0
  let begin = from
  for (let after = warm - 1; after < to - 1; ) {
    const { events, gap } = await session.context.log.read(session.sessionId, { after, limit: to - 1 - after })
    if (events.length === 0 && gap === undefined) break
    after = gap?.to ?? after
    for (const event of events) {
      after = event.n
      const record = readRecord(event)
      const entry = record === undefined ? undefined : reader.read(record, event.at)
      if (entry === undefined || event.n < from) continue
      const text = JSON.stringify(entry)
      const size = Buffer.byteLength(text)
      kept.push({ n: event.n, text, bytes: size })
      bytes += size
      while (bytes > HISTORY_PAGE_BYTES && kept.length > 1) {
        bytes -= kept.shift()?.bytes ?? 0
        begin = kept[0]?.n ?? begin
      }
    }
  }
  return { text: kept.map(({ text }) => text).join(','), begin }
}

function endOf(first: number): { readonly lost?: HubLost } {
  return first > 1 ? { lost: { from: 1, to: first - 1 } } : {}
}
