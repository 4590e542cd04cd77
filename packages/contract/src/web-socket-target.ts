import { messageOf, SENTENCES } from '@holdfast/contract/words'
import { OpenError, type OpenErrorCode } from './errors.ts'
import type { Target } from './transport.ts'

/** A token of RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^`|~\w-]+$/

/**
 * Checks the target before it is dialed; the error repeats nothing of the target. `base` resolves relative URLs, where
 * the runtime has one.
 * @throws `channel/invalid_url`, `channel/invalid_protocols`
 */
export function assertWebSocketTarget({ url, protocols = [] }: Target, base?: string): void {
  const parsed = parse(url, base)
  if (parsed === undefined || !/^(ws|http)s?:$/.test(parsed.protocol)) {
    throw mistake(
      'channel/invalid_url',
      SENTENCES && 'Expected the URL of a WebSocket (ws: or wss:), but the target has none that can be read.',
    )
  }
  if (parsed.hash !== '')
    throw mistake(
      'channel/invalid_url',
      SENTENCES && 'The URL of a WebSocket has no fragment: leave out the # and what follows.',
    )
  if (!protocols.every((name) => TOKEN.test(name)) || new Set(protocols).size < protocols.length) {
    const text = SENTENCES && 'A subprotocol is a token (no spaces, commas, slashes or "="), and none may come twice.'
    throw mistake('channel/invalid_protocols', text)
  }
}

function parse(url: string, base: string | undefined): URL | undefined {
  try {
    return new URL(url, base)
  } catch {
    return undefined
  }
}

function mistake(code: OpenErrorCode, text: string | false): OpenError {
  return new OpenError(messageOf(code, text), { unsent: true }, undefined, code)
}

/** The error of a server that selected `selected` of the subprotocols that were offered. */
export function protocolNotSelected(offered: readonly string[], selected: string): OpenError {
  // The names are not repeated: a credential may be one.
  const what = selected === '' ? 'none of them' : 'another one'
  const code = 'channel/protocol_not_selected'
  const text = SENTENCES
    ? `The server was offered ${offered.length} subprotocols and selected ${what}. Offer one that it speaks.`
    : what
  return new OpenError(messageOf(code, text), { selected: offered.length === 0 ? selected : '' }, undefined, code)
}
