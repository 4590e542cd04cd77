import type { Decoded } from '@holdfast/core'
import { type HubRestTarget, hubRestUrl, parseHubRestPath } from '@holdfast/protocol/hub/rest'
import { HubApiError } from '../../api/errors.ts'
import { type HubCall, type HubRequestOptions, request } from '../../api/request.ts'
import { CoderApiError } from './errors.ts'

/** The part of a zod schema that the published client uses. */
export interface AnswerSchema<Answer> {
  safeParse(
    value: unknown,
  ): { readonly success: true; readonly data: Answer } | { readonly success: false; readonly error: Error }
}

/** What the `coder…` functions send through: the published `APIClient`, or the one inside {@link CoderClient}. */
export interface CoderHttp {
  get<Answer>(path: string, schema?: AnswerSchema<Answer>): Promise<Answer>
  post<Answer>(path: string, body?: object, schema?: AnswerSchema<Answer>): Promise<Answer>
  patch<Answer>(path: string, body?: object, schema?: AnswerSchema<Answer>): Promise<Answer>
  delete(path: string): Promise<unknown>
}

/** A check of ours as such a schema. */
export function schemaOf<Answer>(read: (body: unknown) => Decoded<Answer>): AnswerSchema<Answer> {
  return {
    safeParse: (value) => {
      const decoded = read(value)
      return decoded.ok
        ? { success: true, data: decoded.message }
        : { success: false, error: new HubApiError('api/invalid_response', decoded.issue) }
    },
  }
}

const ANYTHING: AnswerSchema<unknown> = { safeParse: (data) => ({ success: true, data }) }

/** The hub itself, under the published shape of a client. */
export function hubHttp(options: () => Promise<HubRequestOptions & { readonly url: string }>): CoderHttp {
  const send = async <Answer>(
    method: HubCall<Answer>['method'],
    path: string,
    body: object | undefined,
    schema: AnswerSchema<Answer> | undefined,
  ): Promise<Answer> => {
    const { pathname, searchParams } = new URL(path, 'http://hub')
    const call = { method, body, target: targetOf(pathname), query: Object.fromEntries(searchParams) }
    const how = await options()
    try {
      return await request(how, { ...call, read: readerOf(schema) })
    } catch (error) {
      throw CoderApiError.of(error, { url: hubRestUrl(how.url, call.target, call.query), path })
    }
  }
  return {
    get: (path, schema) => send('GET', path, undefined, schema),
    post: (path, body, schema) => send('POST', path, body, schema),
    patch: (path, body, schema) => send('PATCH', path, body, schema),
    delete: (path) => send<unknown>('DELETE', path, undefined, ANYTHING),
  }
}

function targetOf(pathname: string): HubRestTarget {
  const target = parseHubRestPath(pathname)
  if (target !== undefined) return target
  throw new HubApiError('api/invalid_option', `The hub has no ${pathname}.`)
}

/** Without a schema nothing is known of the answer. */
function readerOf<Answer>(schema: AnswerSchema<Answer> | undefined): (body: unknown) => Decoded<Answer> {
  return (body) => {
    const parsed = schema?.safeParse(body)
    if (parsed?.success === true) return { ok: true, message: parsed.data }
    return { ok: false, issue: parsed?.error.message ?? 'expected a schema, got none', raw: body }
  }
}
