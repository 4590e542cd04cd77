import type { IncomingMessage } from 'node:http'
import type { Credentials } from '../endpoint.ts'

/** Every endpoint looks at the path of every request: it is read once. */
const URL_READ = Symbol('the URL of a request')

interface UrlCarrier {
  [URL_READ]?: { readonly target: string; readonly url: URL | undefined }
}

/** The path and query of a request: the same object each time, not to be changed. `undefined` where they cannot be read. */
export function requestUrl(request: IncomingMessage): URL | undefined {
  const target = request.url ?? '/'
  const carrier: IncomingMessage & UrlCarrier = request
  // A server below a path of its own removes that from the target.
  if (carrier[URL_READ]?.target !== target) carrier[URL_READ] = { target, url: urlOf(target) }
  return carrier[URL_READ]?.url
}

function urlOf(target: string): URL | undefined {
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
