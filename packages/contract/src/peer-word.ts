import type { PeerWord } from './errors.ts'

/** Codes of ours. What stands between answers with codes too, but not with these. */
const OUR_CODE = /^[a-z][a-z-]*\/[a-z_]+$/

/**
 * Reads the peer's own refusal out of the body of the answer to a dial. A proxy may have answered: undefined where
 * nothing shows that it was the peer.
 */
export function peerWord(body: string | undefined): PeerWord | undefined {
  if (body === undefined || !body.trimStart().startsWith('{')) return undefined
  const value = parsed(body)
  if (fieldOf(value, 'kind') === 'Status' && textOf(fieldOf(value, 'apiVersion')) !== undefined) {
    const code = fieldOf(value, 'reason') ?? fieldOf(value, 'code')
    return { code: String(code), message: textOf(fieldOf(value, 'message')) ?? '' }
  }
  const error = fieldOf(value, 'error')
  const code = textOf(fieldOf(error, 'code'))
  return code !== undefined && OUR_CODE.test(code)
    ? { code, message: textOf(fieldOf(error, 'message')) ?? '' }
    : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
