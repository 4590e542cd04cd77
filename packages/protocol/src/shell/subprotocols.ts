/** The two subprotocols of the OAuth mode: the token's, and the one that a server selects (shell §2). */
export const OAUTH_SUBPROTOCOL = 'base64UrlBearerAuthorization'
/** Kubernetes remote command, with half-close. */
export const K8S_V5_SUBPROTOCOL = 'v5.channel.k8s.io'
/** Kubernetes remote command, without half-close. */
export const K8S_V4_SUBPROTOCOL = 'v4.channel.k8s.io'

const K8S_OLDER: ReadonlySet<string> = new Set(['v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'])

/** How frames are encoded on one connection. */
export type ShellDialect = 'agentcore' | 'k8s-v5' | 'k8s-v4'

/** What the offered subprotocols ask for. */
export type ShellNegotiation =
  | {
      readonly ok: true
      readonly dialect: ShellDialect
      /** What the server must select; `undefined`: nothing. Never the one with the token. */
      readonly selected: string | undefined
      /** The bearer token that was sent as a subprotocol. */
      readonly token: string | undefined
    }
  | { readonly ok: false; readonly issue: string }

/** The subprotocols to offer so that a bearer token reaches the server where headers cannot be set. */
export function oauthSubprotocols(token: string): readonly [string, string] {
  return [`${OAUTH_SUBPROTOCOL}.${toBase64Url(token)}`, OAUTH_SUBPROTOCOL]
}

/** Chooses the dialect, once, by the subprotocols offered at the upgrade (shell §2). */
export function negotiateShell(offered: readonly string[]): ShellNegotiation {
  if (offered.includes(K8S_V5_SUBPROTOCOL)) return k8s('k8s-v5', K8S_V5_SUBPROTOCOL)
  if (offered.includes(K8S_V4_SUBPROTOCOL)) return k8s('k8s-v4', K8S_V4_SUBPROTOCOL)
  if (offered.some((name) => K8S_OLDER.has(name))) {
    return { ok: false, issue: `expected ${K8S_V5_SUBPROTOCOL} or ${K8S_V4_SUBPROTOCOL}, got only older ones` }
  }
  const carrier = offered.find((name) => name.startsWith(`${OAUTH_SUBPROTOCOL}.`))
  const selected = offered.includes(OAUTH_SUBPROTOCOL) ? OAUTH_SUBPROTOCOL : undefined
  if (carrier === undefined) return { ok: true, dialect: 'agentcore', selected, token: undefined }
  const token = fromBase64Url(carrier.slice(OAUTH_SUBPROTOCOL.length + 1))
  if (token === undefined) return { ok: false, issue: 'the token in the subprotocol is not base64url' }
  return { ok: true, dialect: 'agentcore', selected, token }
}

function k8s(dialect: ShellDialect, selected: string): ShellNegotiation {
  return { ok: true, dialect, selected, token: undefined }
}

function toBase64Url(text: string): string {
  let binary = ''
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function fromBase64Url(text: string): string | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return undefined
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
