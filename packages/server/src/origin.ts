import type { IncomingMessage } from 'node:http'

/**
 * Whether a request's origin may be served: none (no browser), the host it was sent to, or one of `allowed`
 * (`https://app.example`, or `*` for all).
 */
export function isAllowedOrigin(request: IncomingMessage, allowed: readonly string[] = []): boolean {
  const { origin, host } = request.headers
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return true
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase()
}
