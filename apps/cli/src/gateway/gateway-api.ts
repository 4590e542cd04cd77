import { authorization, type EndpointOptions } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { printable } from '../printable.ts'
import { UserError } from '../user-error.ts'

/** The members of a JSON object, of whatever types. */
export type Fields = Readonly<Record<string, unknown>>

const CALL_MS = 10_000
const EXIT_CODES: Readonly<Record<number, number>> = {
  400: EXIT.usage,
  401: EXIT.refused,
  403: EXIT.refused,
  404: EXIT.notFound,
}

/**
 * One request to a gateway. @param next what to do where what it names is not there: `Try: holdfast ls`
 * @returns its answer's members @throws UserError with the gateway's reason, or that it cannot be reached
 */
export async function callGateway(
  endpoint: EndpointOptions,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  { body, next = '' }: { readonly body?: Fields | undefined; readonly next?: string | undefined } = {},
): Promise<Fields> {
  const response = await fetchGateway(endpoint, method, path, body)
  const answer = fieldsOf(await response.json().catch(() => undefined))
  if (response.ok) return answer
  throw refusalOf(endpoint, response.status, fieldsOf(answer['error'])['message'], next)
}

/** The answer of a gateway, as it comes. @throws UserError where there is none in time */
export function fetchGateway(
  { url, token }: EndpointOptions,
  method: string,
  path: string,
  body?: Fields | undefined,
): Promise<Response> {
  return fetch(`${url}${path}`, {
    method,
    headers: { ...authorization(token), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    signal: AbortSignal.timeout(CALL_MS),
    redirect: 'manual',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new UserError(`${url} could not be reached. Try: holdfast doctor ${url}`, EXIT.failed, error)
  })
}

/** A gateway's no, with its reason and what to do next. */
export function refusalOf({ url, token }: EndpointOptions, status: number, said: unknown, next = ''): UserError {
  const code = EXIT_CODES[status] ?? EXIT.failed
  if (status === 401) return new UserError(wordsOf401(url, token), code)
  const reason = typeof said === 'string' ? printable(said) : `${url} answered with status ${status}.`
  return new UserError(status === 404 && next !== '' ? `${reason} ${next}` : reason, code)
}

/** What a 401 means, and what to do. */
export function wordsOf401(url: string, token: string | undefined): string {
  const login = `holdfast login ${url}`
  return token === undefined
    ? `${url} wants a token. Set HOLDFAST_TOKEN, or try: ${login}`
    : `${url} refused the token. The gateway prints its own at start. Try: ${login}`
}

/** A value as an object's members; none of anything else. */
export function fieldsOf(value: unknown): Fields {
  return { ...Object(value) }
}
