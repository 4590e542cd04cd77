import { type SystemFetch, systemFetch } from '@holdfast/transport-sse'
import { HubError } from '../errors.ts'

/** How a hub's URL is looked up. */
export interface DiscoverOptions {
  /** Base URL of the service that lists the hubs. */
  readonly catalyst: string
  readonly token?: string | undefined
  readonly orgId?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** @defaultValue `systemFetch()`: the runtime's, through the proxies that the environment names */
  readonly fetch?: SystemFetch | undefined
}

/** The regions that have a name of their own instead of a number. */
const LOCAL_REGIONS: ReadonlySet<string> = new Set(['local', 'l'])

/** Base URL of the service that lists the hubs of a region. */
export function catalystUrl(region: string): string {
  return LOCAL_REGIONS.has(region) ? 'https://catalyst.agentuity.io' : `https://catalyst-${region}.agentuity.cloud`
}

/**
 * Requests the hub's base URL from `GET {catalyst}/coder` (hub §8).
 * @throws `hub/auth_failed` for 401 and 403, `hub/connection_failed` for any other answer that is not `{url}`, both
 * with the status; or the error of `fetch`
 */
export async function discoverHubUrl(options: DiscoverOptions): Promise<string> {
  const { catalyst, token, orgId, signal } = options
  const send = options.fetch ?? systemFetch()
  const response = await send(`${catalyst.replace(/\/+$/, '')}/coder`, {
    headers: {
      accept: 'application/json',
      ...(token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...(orgId === undefined || orgId === '' ? {} : { 'x-agentuity-orgid': orgId }),
    },
    ...(signal === undefined ? {} : { signal }),
  })
  const { status } = response
  if (status < 200 || status > 299) {
    await response.body?.cancel()
    const code = status === 401 || status === 403 ? 'hub/auth_failed' : 'hub/connection_failed'
    throw new HubError(code, `The hub's URL could not be looked up: HTTP ${status}`, { status })
  }
  const url = urlOf(await response.json().catch(() => undefined))
  if (url !== undefined) return url.replace(/\/+$/, '')
  throw new HubError('hub/connection_failed', "The hub's URL could not be looked up: the answer has none", { status })
}

/** `{url}`, or `{data: {url}}` as the service wraps its answers. */
function urlOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined
  if ('url' in answer && typeof answer.url === 'string' && answer.url !== '') return answer.url
  return 'data' in answer ? urlOf(answer.data) : undefined
}
