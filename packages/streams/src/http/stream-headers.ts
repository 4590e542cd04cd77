import type { IncomingHttpHeaders } from 'node:http'
import type { ProducerTuple } from '../append/stored-append.ts'
import { StreamError } from '../errors.ts'
import { assertContentType, DEFAULT_CONTENT_TYPE } from '../stream/content.ts'
import type { Expiry, ForkRequest } from '../stream/stream-record.ts'

/** Headers of the protocol that pages may send … */
export const SENT_HEADERS: readonly string[] = [
  'if-none-match',
  'stream-ttl',
  'stream-expires-at',
  'stream-seq',
  'stream-closed',
  'stream-forked-from',
  'stream-fork-offset',
  'stream-fork-sub-offset',
  'stream-access',
  'producer-id',
  'producer-epoch',
  'producer-seq',
]

/** … and read (protocol §13.2). */
export const READ_HEADERS: readonly string[] = [
  'etag',
  'location',
  'stream-next-offset',
  'stream-cursor',
  'stream-up-to-date',
  'stream-closed',
  'stream-ttl',
  'stream-expires-at',
  'stream-sse-data-encoding',
  'producer-epoch',
  'producer-seq',
  'producer-expected-seq',
  'producer-received-seq',
]

/** Who may read a stream beside its owner: none, all principals with the scope, or every holder of its address. */
export type StreamAccess = 'private' | 'open' | 'public'

/** `true` in any case; everything else is as if it were not there (protocol §4.1). */
export function closesIn(headers: IncomingHttpHeaders): boolean {
  return textIn(headers, 'stream-closed')?.toLowerCase() === 'true'
}

/** @throws StreamError `streams/bad_request` */
export function contentTypeIn(headers: IncomingHttpHeaders): string | undefined {
  const contentType = textIn(headers, 'content-type')?.trim()
  if (contentType === undefined || contentType === '') return undefined
  assertContentType(contentType)
  return contentType
}

/** Of a stream that is made: a fork without one has that of its source. */
export function newContentTypeIn(headers: IncomingHttpHeaders): string {
  const isFork = textIn(headers, 'stream-forked-from') !== undefined
  return contentTypeIn(headers) ?? (isFork ? '' : DEFAULT_CONTENT_TYPE)
}

/** @throws StreamError `streams/bad_request` */
export function accessIn(headers: IncomingHttpHeaders): StreamAccess | undefined {
  const access = textIn(headers, 'stream-access')
  if (access === undefined || access === 'private' || access === 'open' || access === 'public') return access
  throw bad('Stream-Access: expected private, open or public')
}

const WHOLE_NUMBER = /^(0|[1-9][0-9]{0,15})$/
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i

/** @throws StreamError `streams/bad_request` */
export function expiryIn(headers: IncomingHttpHeaders): Expiry {
  const ttl = textIn(headers, 'stream-ttl')
  const expiresText = textIn(headers, 'stream-expires-at')
  if (ttl !== undefined && expiresText !== undefined) throw bad('expected Stream-TTL or Stream-Expires-At, got both')
  if (ttl !== undefined) return { ttlSeconds: wholeIn('Stream-TTL', ttl) }
  if (expiresText === undefined) return {}
  const expiresAt = RFC_3339.test(expiresText) ? Date.parse(expiresText) : Number.NaN
  if (Number.isNaN(expiresAt)) throw bad('Stream-Expires-At: expected a time as RFC 3339 has it')
  return { expiresAt, expiresText }
}

/** `nameOf`: the stream at a path of this server. @throws StreamError `streams/bad_request` */
export function forkIn(headers: IncomingHttpHeaders, nameOf: (path: string) => string): ForkRequest | undefined {
  const path = textIn(headers, 'stream-forked-from')
  const offset = textIn(headers, 'stream-fork-offset')
  const subOffset = textIn(headers, 'stream-fork-sub-offset')
  if (path === undefined) {
    if (offset === undefined && subOffset === undefined) return undefined
    throw bad('Stream-Fork-Offset and Stream-Fork-Sub-Offset: expected Stream-Forked-From with them')
  }
  const count = subOffset === undefined ? 0 : wholeIn('Stream-Fork-Sub-Offset', subOffset)
  if (count > 0 && offset === undefined) throw bad('Stream-Fork-Sub-Offset: expected Stream-Fork-Offset with it')
  return { from: nameOf(path), offset, subOffset: count }
}

/** @throws StreamError `streams/bad_request` */
export function producerIn(headers: IncomingHttpHeaders, maxLength: number): ProducerTuple | undefined {
  const id = textIn(headers, 'producer-id')
  const epoch = textIn(headers, 'producer-epoch')
  const seq = textIn(headers, 'producer-seq')
  if (id === undefined && epoch === undefined && seq === undefined) return undefined
  if (id === undefined || epoch === undefined || seq === undefined) {
    throw bad('expected Producer-Id, Producer-Epoch and Producer-Seq together')
  }
  if (id === '' || id.length > maxLength) throw bad(`Producer-Id: expected 1 to ${maxLength} characters`)
  return [id, wholeIn('Producer-Epoch', epoch), wholeIn('Producer-Seq', seq)]
}

/** @throws StreamError `streams/bad_request` */
export function seqIn(headers: IncomingHttpHeaders, maxLength: number): string | undefined {
  const seq = textIn(headers, 'stream-seq')
  if (seq === undefined || (seq !== '' && seq.length <= maxLength)) return seq
  throw bad(`Stream-Seq: expected 1 to ${maxLength} characters`)
}

function wholeIn(name: string, text: string): number {
  const value = Number(text)
  if (WHOLE_NUMBER.test(text) && Number.isSafeInteger(value)) return value
  throw bad(`${name}: expected a whole number without sign or leading zeros`)
}

function textIn(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

function bad(message: string): StreamError {
  return new StreamError('streams/bad_request', message)
}
