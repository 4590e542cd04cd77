import { SENTENCES } from '@holdfast/core/words'
import type { HubServerMessage } from '@holdfast/protocol/hub'
import type { HubHistoryPage, HubHistoryRequest } from '@holdfast/protocol/hub/messages'
import { HubError } from './errors.ts'
import { isHistory } from './message-kinds.ts'

/** Which pages, and for how long. */
export interface HubHistoryOptions {
  /** Entries of events before this number. @defaultValue the `earlier` of the newest hydration */
  readonly before?: number | undefined
  /** Aborting it rejects the page that is waited for with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** What the pages are asked of. */
export interface HistoryHost {
  ask(build: (id: string) => HubHistoryRequest, signal: AbortSignal | undefined): Promise<HubServerMessage>
  /** Names the history of the log that event numbers belong to. */
  epoch(): string | undefined
}

/** Page after page, the newest first. A number means nothing in another life of the log: then it throws. */
export async function* historyPages(
  host: HistoryHost,
  { before, signal }: HubHistoryOptions,
): AsyncGenerator<HubHistoryPage, undefined> {
  const epoch = host.epoch()
  for (let at = before; at !== undefined; ) {
    const from = at
    const page = await host.ask((id) => ({ type: 'history', id, before: from }), signal)
    if (!isHistory(page))
      throw new HubError('hub/invalid_response', SENTENCES && 'The answer is not a page of history.')
    if (host.epoch() !== epoch)
      throw new HubError('hub/connection_error', SENTENCES && 'The session has begun anew meanwhile.')
    yield page
    at = page.earlier
  }
}
