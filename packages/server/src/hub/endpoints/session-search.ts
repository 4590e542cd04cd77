import type { ListOptions, SessionLog, SessionRecord } from '@holdfast/log'

/** Of a session list no more is looked through for one request. */
const MAX_LOOKED_AT = 20_000
const PAGE = 500

/** Which sessions are wanted, as published clients ask: a place in the list instead of a cursor. */
export interface SessionSearch {
  readonly text: string | undefined
  readonly limit: number
  readonly offset: number
}

/**
 * The sessions that match, newest first, from `offset` on, and how many match in all: of the 20,000 newest, which are all that
 * one request looks at.
 */
export async function searchSessions(
  log: SessionLog,
  { text, limit, offset }: SessionSearch,
  isShown: (record: SessionRecord) => boolean,
  options: Pick<ListOptions, 'status'>,
): Promise<{ readonly sessions: readonly SessionRecord[]; readonly total: number }> {
  const needle = text?.toLowerCase()
  const sessions: SessionRecord[] = []
  let total = 0
  let cursor: string | undefined
  for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT; lookedAt += PAGE) {
    const page = await log.listSessions({ ...options, limit: PAGE, cursor })
    for (const record of page.sessions) {
      if (!isShown(record) || (needle !== undefined && !mentions(record, needle))) continue
      if (total >= offset && sessions.length < limit) sessions.push(record)
      total++
    }
    cursor = page.next
    if (cursor === undefined) break
  }
  return { sessions, total }
}

/** In what people see of it: label, task, tags, metadata, id. */
function mentions({ id, label, tags, data }: SessionRecord, needle: string): boolean {
  const fields = [id, label, ...(tags ?? []), data['task'], JSON.stringify(data['metadata'] ?? '')]
  return fields.some((text) => typeof text === 'string' && text.toLowerCase().includes(needle))
}
