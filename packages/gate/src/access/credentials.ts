import type { IncomingMessage } from 'node:http'
import type { Credentials } from '../endpoint.ts'

/** The path and query of a request. `undefined` where they cannot be read. */
export function requestUrl(request: IncomingMessage): URL | undefined {
  const target = request.url ?? '/'
  // Never a URL of its own: '//host/path' names a path here.
  const absolute = `http://request${target.startsWith('/') ? '' : '/'}${target}`
  return URL.canParse(absolute) ? new URL(absolute) : undefined
}

/** What a request brought to prove itself: a bearer header, `api_key` in the query, or what its protocol carried. */
export function requestCredentials(request: IncomingMessage, carried?: string | undefined): Credentials {
  const header = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  const apiKey = requestUrl(request)?.searchParams.get('api_key')
  return { bearer: header ?? carried, apiKey: apiKey ?? undefined, request }
}
