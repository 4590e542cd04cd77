import type { ServerResponse } from 'node:http'
import { keepPrivate } from '@holdfast/gate/internals'
import type { SessionLog } from '@holdfast/log'
import { EntryReader } from '../state/entries.ts'
import { readRecord } from '../state/records.ts'
import { taken } from './http.ts'

/** The whole conversation, page by page out of the log, as fast as the client takes it. */
export async function writeReplay(log: SessionLog, sessionId: string, response: ServerResponse): Promise<undefined> {
  const reader = new EntryReader()
  let after = 0
  let mark = `{"sessionId":${JSON.stringify(sessionId)},"entriesSource":"log","entries":[`
  response.setHeader('content-type', 'application/json; charset=utf-8')
  keepPrivate(response)
  while (!response.destroyed) {
    const page = await log.read(sessionId, { after })
    if (page.gap !== undefined) after = page.gap.to
    for (const event of page.events) {
      after = event.n
      const record = readRecord(event)
      const entry = record === undefined ? undefined : reader.read(record, event.at)
      if (entry === undefined) continue
      response.write(mark + JSON.stringify(entry))
      mark = ','
    }
    await taken(response)
    if (after >= page.last) break
  }
  response.end(mark === ',' ? ']}' : `${mark}]}`)
}
