import { checkName } from './append-rules.ts'
import { LogError } from './errors.ts'
import type { LogLimits } from './limits.ts'
import type { SessionInfo } from './session-log.ts'

/** Status of a session that a server keeps for itself: clients neither see it nor can connect to it. */
export const INTERNAL_STATUS = 'internal'

/** A session's description, with the members of `change` that are given. @throws LogError `log/too_large` */
export function mergeInfo(before: SessionInfo | null, change: Partial<SessionInfo>, limits: LogLimits): SessionInfo {
  const label = change.label ?? before?.label
  const owner = change.owner ?? before?.owner
  const reach = change.reach ?? before?.reach
  const info: SessionInfo = {
    ...(label === undefined ? {} : { label }),
    ...(owner === undefined ? {} : { owner }),
    ...(reach === undefined ? {} : { reach }),
    status: change.status ?? before?.status ?? 'active',
    tags: change.tags ?? before?.tags ?? [],
    data: change.data ?? before?.data ?? {},
  }
  infoText(info, limits)
  return info
}

/** A description as JSON. @throws LogError `log/too_large`, `log/bad_request` */
export function infoText(info: SessionInfo, limits: LogLimits): string {
  checkName('a status', info.status, limits)
  return boundedJson('the description of a session', info, limits.maxInfoBytes)
}

/** A value as JSON. @throws LogError `log/too_large`, `log/bad_request` */
export function boundedJson(what: string, value: unknown, maxBytes: number): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw new LogError('log/bad_request', `expected ${what} to have a JSON form`, undefined, cause)
  }
  if (text === undefined) throw new LogError('log/bad_request', `expected ${what} to have a JSON form`)
  // A unit of UTF-16 has three bytes of UTF-8 at most: of most texts no byte has to be counted.
  if (text.length * 3 <= maxBytes) return text
  const bytes = Buffer.byteLength(text)
  if (bytes <= maxBytes) return text
  throw new LogError('log/too_large', `expected ${what} to have at most ${maxBytes} bytes, got ${bytes}`, {
    bytes,
    maxBytes,
  })
}
