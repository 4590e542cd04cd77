import { createReadStream, existsSync } from 'node:fs'
import { parseRecordingList, type RecordingListing } from '@holdfast/protocol/shell'
import { authorization, type EndpointOptions } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { callGateway, refusalOf } from '../gateway/gateway-api.ts'
import { UserError } from '../user-error.ts'

/** Until a gateway begins to answer. */
const BEGIN_MS = 10_000

/** The recordings of a gateway that this token may see, the newest first. */
export async function listRecordings(endpoint: EndpointOptions): Promise<readonly RecordingListing[]> {
  const parsed = parseRecordingList(await callGateway(endpoint, 'GET', '/recordings'))
  if (!parsed.ok) throw new UserError(`${endpoint.url} does not list recordings.`, EXIT.failed)
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
    `There is no file ${what}, and no recording of a shell of that name. Try: holdfast play --list`,
    EXIT.notFound,
  )
}

async function* downloaded(endpoint: EndpointOptions, id: string): AsyncGenerator<string> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), BEGIN_MS)
  const response = await fetch(`${endpoint.url}/recordings/${encodeURIComponent(id)}`, {
    headers: authorization(endpoint.token),
    redirect: 'manual',
    signal: late.signal,
  }).catch((error: unknown) => {
    throw new UserError(`${endpoint.url} could not be reached.`, EXIT.failed, error)
  })
  clearTimeout(timer)
  if (!response.ok || response.body === null) throw refusalOf(endpoint, response.status, undefined)
  const decoder = new TextDecoder()
  for await (const chunk of response.body) yield decoder.decode(chunk, { stream: true })
}
