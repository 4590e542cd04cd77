import type { HubVisibility } from '@holdfast/protocol/hub'
import { HubApiError } from '../../api/errors.ts'
import { type CoderHttp, schemaOf } from './http.ts'

/** Without the slash at its end. */
export function normalizeCoderUrl(url: string): string {
  return url.replace(/\/$/, '')
}

/** Requests the hub's base URL from the service that lists the hubs of a region. */
export async function discoverUrl(client: Pick<CoderHttp, 'get'>): Promise<string> {
  const schema = schemaOf<{ readonly url: string }>((body) =>
    typeof body === 'object' && body !== null && 'url' in body && typeof body.url === 'string'
      ? { ok: true, message: { url: body.url } }
      : { ok: false, issue: 'expected an object with a url', raw: body },
  )
  return normalizeCoderUrl((await client.get('/coder', schema)).url)
}

/** Sets the organization, where there is one. */
export function withOrgId(params: URLSearchParams, orgId?: string): URLSearchParams {
  if (orgId !== undefined && orgId !== '') params.set('orgId', orgId)
  return params
}

const VISIBILITIES: ReadonlyMap<string, HubVisibility> = new Map([
  ['private', 'private'],
  ['org', 'organization'],
  ['organization', 'organization'],
  ['collab', 'collaborate'],
  ['collaborate', 'collaborate'],
])

/** The visibility as the hub names it. @throws `api/invalid_option` */
export function normalizeVisibility(input: string): HubVisibility {
  const visibility = VISIBILITIES.get(input.toLowerCase().trim())
  if (visibility !== undefined) return visibility
  const expected = [...VISIBILITIES.keys()].join(', ')
  throw new HubApiError('api/invalid_option', `Expected a visibility (${expected}), got "${input}".`)
}
