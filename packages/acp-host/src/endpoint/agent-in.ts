import type { IncomingMessage } from 'node:http'
import { requestUrl } from '@holdfast/gate'

/** The agent that a client names in the URL, as `?agent=name`; `undefined`: the first that is configured. */
export function agentIn(request: IncomingMessage): string | undefined {
  return requestUrl(request)?.searchParams.get('agent') ?? undefined
}
