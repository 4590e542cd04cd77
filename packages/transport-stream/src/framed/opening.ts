import { type Opening, retryAfterMs } from '@holdfast/contract'

type Fields = Readonly<Record<string, unknown>>

/** What a dialer asks for. */
export interface Asked {
  readonly url: string
  /** With lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly protocols: readonly string[]
}

/** What a peer that refuses says. */
export interface Refused {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
}

/** Undefined where it is none. */
export function askedOf(text: string): Asked | undefined {
  const { url, headers, protocols } = fieldsOf(text)
  if (typeof url !== 'string') return undefined
  const names = Array.isArray(protocols) ? protocols.filter((name) => typeof name === 'string') : []
  return { url, headers: headersOf(headers), protocols: names }
}

export function openedOf(text: string): Opening {
  const { protocol, headers } = fieldsOf(text)
  return { protocol: typeof protocol === 'string' ? protocol : '', headers: headersOf(headers) }
}

export function refusedOf(text: string): Refused & { readonly retryAfterMs: number | undefined } {
  const { status, headers, body } = fieldsOf(text)
  const named = headersOf(headers)
  return {
    status: typeof status === 'number' ? status : 500,
    headers: named,
    body: typeof body === 'string' ? body : undefined,
    // A date needs a clock that both ends share: seconds alone.
    retryAfterMs: retryAfterMs(named['retry-after'], undefined, Number.MAX_SAFE_INTEGER),
  }
}

function fieldsOf(text: string): Fields {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

function headersOf(given: unknown): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(Object(given))) {
    if (typeof value === 'string') headers[name.toLowerCase()] = value
  }
  return headers
}
