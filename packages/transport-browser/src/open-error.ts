import { isCertificateCode, OpenError, type OpenErrorCode, protocolNotSelected, type Target } from '@holdfast/contract'
import { causeOf } from './web-socket-like.ts'

/** The status of a refusal, as Bun, Deno and workerd end their text with it. What comes before may be a URL. */
const STATUS = /(?:status code: |but received )(\d{3})(?: instead\.)?$/

/** A subprotocol that was not selected, as Bun and Node.js 22 report it. */
const UNSELECTED = /(?:client protocol|sent protocols\.)$/

/** A certificate that is not accepted, as Deno reports it. */
const UNTRUSTED = /invalid peer certificate/

/**
 * A dial that failed, from what the runtime reports: nothing in browsers, a code in Bun, and elsewhere a text alone. Names the
 * host and nothing else: the rest of a URL may carry secrets.
 */
export function openError({ url, protocols = [] }: Target, event: object): OpenError {
  const { error, message }: { readonly error?: unknown; readonly message?: unknown } = Object(event)
  const text = String(message ?? (error instanceof Error ? error.message : ''))
  if (protocols.length > 0 && UNSELECTED.test(text)) return protocolNotSelected(protocols, '')
  const syscallCode = codeOf(error)
  const status = statusOf(text)
  const code = openErrorCode(status, syscallCode, text)
  const why = status === undefined ? '' : ` The server refused the upgrade with status ${status}.`
  const host = /\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(url)?.[1]
  return new OpenError(`Could not open a WebSocket to ${host}.${why}`, { status, syscallCode }, causeOf(event), code)
}

function openErrorCode(status: number | undefined, syscallCode: string | undefined, text: string): OpenErrorCode {
  if (status !== undefined && status >= 300 && status < 400) return 'channel/redirected'
  return isCertificateCode(syscallCode) || UNTRUSTED.test(text)
    ? 'channel/untrusted_certificate'
    : 'channel/open_failed'
}

function statusOf(text: string): number | undefined {
  const found = STATUS.exec(text)
  return found === null ? undefined : Number(found[1])
}

/** The system's code, which may be that of a cause. */
function codeOf(error: unknown): string | undefined {
  const { code, cause }: { readonly code?: unknown; readonly cause?: unknown } = Object(error)
  if (typeof code === 'string') return code
  return cause === undefined ? undefined : codeOf(cause)
}
