import type { Clock } from '@holdfast/contract'
import { parseRecordingList, type RecordingListing } from '@holdfast/protocol/shell'

/** A person looks at a list: a server that takes longer is left out. */
const ANSWER_MS = 3_000

/** The other servers of a cluster, as they are asked for one principal. */
export interface RecordingPeers {
  /** Where they are reached, each with the path before its own paths. */
  readonly urls: readonly string[]
  /** What proves to them for whom is asked. */
  readonly headers: Readonly<Record<string, string>>
  readonly clock: Clock
}

/** The recordings of the other servers. Never rejects: who does not answer has none. */
export async function remoteRecordings(peers: RecordingPeers): Promise<readonly RecordingListing[]> {
  const lists = await Promise.all(
    peers.urls.map(async (url) => {
      const answer = await asked(peers, `${url}/recordings`, 'GET')
      const parsed = parseRecordingList(await answer?.json().catch(() => undefined))
      return answer?.ok === true && parsed.ok ? parsed.message.recordings : []
    }),
  )
  return lists.flat()
}

/** What the server says that has a recording; `undefined` where none has it. */
export async function remoteRecording(
  peers: RecordingPeers,
  id: string,
  method: 'GET' | 'DELETE',
): Promise<Response | undefined> {
  for (const url of peers.urls) {
    const answer = await asked(peers, `${url}/recordings/${encodeURIComponent(id)}`, method)
    if (answer !== undefined && answer.status !== 404) return answer
    await answer?.body?.cancel()
  }
  return undefined
}

async function asked(
  { headers, clock }: RecordingPeers,
  url: string,
  method: 'GET' | 'DELETE',
): Promise<Response | undefined> {
  const late = new AbortController()
  const timer = clock.after(ANSWER_MS, () => late.abort())
  try {
    return await fetch(url, { method, headers, signal: late.signal, redirect: 'error' })
  } catch {
    return undefined
  } finally {
    // The body may take as long as it takes.
    timer.cancel()
  }
}
