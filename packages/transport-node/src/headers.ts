import type { IncomingHttpHeaders } from 'node:http'
import { isSecretName, redactUrl } from '@holdfast/contract'

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
