import type { Fresh } from '../options.ts'
import { catalystUrl, discoverHubUrl } from './discover.ts'

/** The variables that are read. */
export type HubEnvironment = Readonly<Record<string, string | undefined>>

/** What may be given instead of the environment's. */
export interface HubEnvironmentOptions {
  readonly url?: Fresh | undefined
  readonly apiKey?: Fresh | undefined
  readonly region?: string | undefined
  readonly orgId?: string | undefined
  /** @defaultValue `process.env`, nothing where there is none (browsers) */
  readonly env?: HubEnvironment | undefined
}

/** Where a region is not told. */
const DEFAULT_REGION = 'usc'

/**
 * URL and key as hub §8 says: what is given, else `AGENTUITY_SDK_KEY` or `AGENTUITY_CLI_KEY`, and `AGENTUITY_CODER_URL`;
 * without a URL it is looked up (`GET {catalyst}/coder`) for every attempt. Spread it into the options of a client.
 * The environment is read now, not at import.
 */
export function hubFromEnvironment(options: HubEnvironmentOptions = {}): {
  readonly url: Fresh
  readonly apiKey: Fresh | undefined
} {
  const env = options.env ?? (typeof process === 'undefined' ? {} : process.env)
  const apiKey = options.apiKey ?? nonEmpty(env['AGENTUITY_SDK_KEY']) ?? nonEmpty(env['AGENTUITY_CLI_KEY'])
  const url = options.url ?? nonEmpty(env['AGENTUITY_CODER_URL'])
  if (url !== undefined) return { url, apiKey }
  const region = options.region ?? nonEmpty(env['AGENTUITY_REGION']) ?? DEFAULT_REGION
  const catalyst = nonEmpty(env['AGENTUITY_CATALYST_URL']) ?? nonEmpty(env['AGENTUITY_TRANSPORT_URL'])
  return {
    apiKey,
    url: async (context) => {
      const key = typeof apiKey === 'function' ? await apiKey(context) : apiKey
      return discoverHubUrl({
        catalyst: catalyst ?? catalystUrl(region),
        apiKey: key,
        orgId: options.orgId,
        signal: context.signal,
      })
    },
  }
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}
