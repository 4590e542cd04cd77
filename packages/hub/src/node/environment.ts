import type { Fresh } from '@holdfast/core/client'
import { catalystUrl, discoverHubUrl } from './discover.ts'

/** The variables that are read. */
export type HubEnvironment = Readonly<Record<string, string | undefined>>

/** What may be given instead of the environment's. */
export interface HubEnvironmentOptions {
  readonly url?: Fresh | undefined
  readonly token?: Fresh | undefined
  readonly region?: string | undefined
  readonly orgId?: string | undefined
  /** @defaultValue `process.env`, empty where there is none (browsers) */
  readonly env?: HubEnvironment | undefined
}

/** Where no region is given. */
const DEFAULT_REGION = 'usc'

/**
 * URL and token from the environment (hub §8): the given ones, else `AGENTUITY_SDK_KEY` or `AGENTUITY_CLI_KEY`, and
 * `AGENTUITY_CODER_URL`; without a URL it is looked up (`GET {catalyst}/coder`) for every attempt. Spread it into the
 * options of a client. The environment is read at the call, not at import.
 */
export function hubFromEnvironment(options: HubEnvironmentOptions = {}): {
  readonly url: Fresh
  readonly token: Fresh | undefined
} {
  const env = options.env ?? (typeof process === 'undefined' ? {} : process.env)
  const token = options.token ?? nonEmpty(env['AGENTUITY_SDK_KEY']) ?? nonEmpty(env['AGENTUITY_CLI_KEY'])
  const url = options.url ?? nonEmpty(env['AGENTUITY_CODER_URL'])
  if (url !== undefined) return { url, token }
  const region = options.region ?? nonEmpty(env['AGENTUITY_REGION']) ?? DEFAULT_REGION
  const catalyst = nonEmpty(env['AGENTUITY_CATALYST_URL']) ?? nonEmpty(env['AGENTUITY_TRANSPORT_URL'])
  return {
    token,
    url: async (context) => {
      const key = typeof token === 'function' ? await token(context) : token
      return discoverHubUrl({
        catalyst: catalyst ?? catalystUrl(region),
        token: key,
        orgId: options.orgId,
        signal: context.signal,
      })
    },
  }
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}
