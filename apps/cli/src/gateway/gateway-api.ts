import { authorization, type EndpointOptions } from '../endpoint.ts'
import { type Evidence, refusalIn, refusalOf } from '../refusals/refusals.ts'
import { withWaitingNotice } from '../refusals/waiting.ts'

/** The members of a JSON object, of whatever types. */
export type Fields = Readonly<Record<string, unknown>>

const CALL_MS = 10_000

/**
 * One request to a gateway. @param next the command that shows what is there, where what it names is not
 * @returns its answer's members @throws UserError with the gateway's reason, or that no gateway answers
 */
export async function callGateway(
  endpoint: EndpointOptions,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  { body, next }: { readonly body?: Fields | undefined; readonly next?: string | undefined } = {},
): Promise<Fields> {
  const response = await fetchGateway(endpoint, method, path, body)
  const text = await response.text().catch((error: unknown) => {
    throw refusalIn(error, endpoint)
  })
  if (!response.ok) throw refusalOf(evidenceOf(response, text), endpoint, { next })
  if (response.status === 204) return {}
  const answer = objectIn(text)
  // A page of something else answers to everything.
  if (answer === undefined) throw refusalOf({ status: response.status }, endpoint)
  return answer
}

/** The answer of a gateway, as it comes; that it takes its time is said. @throws UserError where there is none in time */
export function fetchGateway(
  endpoint: EndpointOptions,
  method: string,
  path: string,
  body?: Fields | undefined,
): Promise<Response> {
  const { url, token } = endpoint
  const asked = fetch(`${url}${path}`, {
    method,
    headers: { ...authorization(token), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    signal: AbortSignal.timeout(CALL_MS),
    redirect: 'manual',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return withWaitingNotice(
    url,
    asked.catch((error: unknown) => {
      throw refusalIn(error, endpoint)
    }),
  )
}

/** What an answer that was no good shows. */
export function evidenceOf({ status, headers }: Pick<Response, 'status' | 'headers'>, body?: string): Evidence {
  const location = headers.get('location') ?? ''
  const redirectHost = URL.canParse(location) ? new URL(location).host : undefined
  return { status, body, redirectHost }
}

function objectIn(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** A value as an object's members; none of anything else. */
export function fieldsOf(value: unknown): Fields {
  return { ...Object(value) }
}

/** A value as a text; empty where it is none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
