import type { SystemFetch } from '../fetch-types.ts'
import { fetchThroughProxy } from './proxy.ts'

/** {@link fetchThroughProxy} as the environment says. */
export function systemFetch(): SystemFetch {
  return fetchThroughProxy()
}
