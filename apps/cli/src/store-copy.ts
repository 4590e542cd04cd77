import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { BACKUP_PATH } from '@holdfast/app-gateway/surface'
import { authorization, type EndpointOptions } from './endpoint.ts'
import { EXIT } from './exit-codes.ts'
import { evidenceOf } from './gateway/gateway-api.ts'
import { refusalIn, refusalOf } from './refusals/refusals.ts'
import { withWaitingNotice } from './refusals/waiting.ts'
import { UserError } from './user-error.ts'

/** As much of a refusal is read. */
const MAX_ERROR_CHARS = 10_000

/**
 * Asks a gateway for a copy of its store and writes it to a new file, for its owner alone, to the disk.
 * @throws UserError with the gateway's words
 */
export async function fetchCopy(
  endpoint: EndpointOptions,
  path: string,
  onProgress: (bytes: number, total: number) => void,
): Promise<number> {
  const answer = await asked(endpoint)
  const { statusCode: status = 0, headers } = answer
  const total = Number(headers['content-length'])
  if (status !== 200 || !/octet-stream|sqlite/.test(headers['content-type'] ?? '')) {
    const evidence = evidenceOf(
      { status, headers: new Headers({ location: headers.location ?? '' }) },
      await textOf(answer),
    )
    throw refusalOf(evidence, endpoint)
  }
  const descriptor = openSync(path, 'wx', 0o600)
  try {
    let bytes = 0
    for await (const chunk of answer) {
      const piece = Buffer.from(chunk)
      for (let at = 0; at < piece.length; ) at += writeSync(descriptor, piece, at)
      bytes += piece.length
      onProgress(bytes, total)
    }
    fsyncSync(descriptor)
    if (bytes === total) return bytes
    throw new UserError(`The copy broke off after ${bytes} of ${total} bytes. Try again.`, EXIT.failed)
  } finally {
    closeSync(descriptor)
  }
}

/** Without a deadline: a large store is copied before its first byte comes. */
function asked(endpoint: EndpointOptions): Promise<IncomingMessage> {
  const { url, token } = endpoint
  const request = url.startsWith('https:') ? httpsRequest : httpRequest
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(`${url}${BACKUP_PATH}`, { method: 'POST', headers: authorization(token) }, resolve)
    sent.once('error', (cause) => reject(refusalIn(cause, endpoint)))
    sent.end()
  })
  return withWaitingNotice(url, answer)
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of answer) {
    text += String(chunk)
    if (text.length > MAX_ERROR_CHARS) break
  }
  return text
}
