import { createReadStream, existsSync } from 'node:fs'
import { parseRecordingList, type RecordingListing } from '@holdfast/protocol/shell'
import { authorization, type EndpointOptions } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { callGateway, evidenceOf } from '../gateway/gateway-api.ts'
import { ownCommand } from '../own-command.ts'
import { refusalIn, refusalOf } from '../refusals/refusals.ts'
import { withWaitingNotice } from '../refusals/waiting.ts'
import { UserError } from '../user-error.ts'

const NEXT = 'play --list'

/** Until a gateway begins to answer. */
const BEGIN_MS = 10_000

/** The recordings of a gateway that this token may see, the newest first. */
export async function listRecordings(endpoint: EndpointOptions): Promise<readonly RecordingListing[]> {
  const parsed = parseRecordingList(await callGateway(endpoint, 'GET', '/recordings'))
  if (!parsed.ok) throw refusalOf({ status: 200 }, endpoint)
  return parsed.message.recordings
}

/**
 * The text of a recording, in pieces: of a file, else the newest of the shell with that id or name, or the one with that id.
 * @throws UserError where there is none
 */
export async function recordingText(what: string, endpoint: () => EndpointOptions): Promise<AsyncIterable<string>> {
  if (existsSync(what)) return createReadStream(what, 'utf8')
  const gateway = endpoint()
  const fits = ({ id, shellId, name }: RecordingListing): boolean => id === what || shellId === what || name === what
  const found = (await listRecordings(gateway)).find(fits)
  if (found !== undefined) return downloaded(gateway, found.id)
  throw new UserError(
    `There is no file ${what}, and no recording of a shell of that name. Try: ${ownCommand(NEXT)}`,
    EXIT.notFound,
  )
}

async function* downloaded(endpoint: EndpointOptions, id: string): AsyncGenerator<string> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), BEGIN_MS)
  const asked = fetch(`${endpoint.url}/recordings/${encodeURIComponent(id)}`, {
    headers: authorization(endpoint.token),
    redirect: 'manual',
    signal: late.signal,
  }).catch((error: unknown) => {
    throw refusalIn(error, endpoint)
  })
  const response = await withWaitingNotice(endpoint.url, asked)
  clearTimeout(timer)
  if (!response.ok || response.body === null) {
    throw refusalOf(evidenceOf(response, await response.text()), endpoint, { next: NEXT })
  }
  const decoder = new TextDecoder()
  for await (const chunk of response.body) yield decoder.decode(chunk, { stream: true })
}
