import type { IncomingHttpHeaders } from 'node:http'
import { isSecretName, redactUrl } from '@holdfast/contract'

/** What every upgrade says, and says nothing (RFC 6455 §4.2.2). */
const OF_EVERY_UPGRADE: readonly string[] = ['upgrade', 'connection', 'sec-websocket-accept']

// Shared by channels whose opening says nothing more.
const NONE: Record<string, string> = /* @__PURE__ */ Object.freeze({})

/** Response headers that describe an opening: those that may be logged, without what every upgrade says. */
export function openingHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const names = Object.keys(headers).filter((name) => !OF_EVERY_UPGRADE.includes(name))
  if (names.length === 0) return NONE
  return visibleHeaders(Object.fromEntries(names.map((name) => [name, headers[name]])))
}

/** Response headers that may be kept and logged: lower-case names, without cookies and authentication. */
export function visibleHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const visible: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || isSecretName(name) || /authenticat/.test(name)) continue
    const text = typeof value === 'string' ? value : value.join(', ')
    visible[name] = name === 'location' ? redactUrl(text) : text
  }
  return visible
}
