import type { Target } from '@holdfast/core'
import { type Fresh, freshOf } from '@holdfast/core/client'
import { oauthSubprotocols, type ShellTarget, shellPath } from '@holdfast/protocol/shell'
import type { ConnectShell } from './options.ts'

/** Options of {@link shellEndpoint}. The fields of the target are those of the agentcore endpoints (shell §2). */
export interface ShellEndpointOptions
  extends Omit<ShellTarget, 'shellId' | 'sessionId' | 'lease' | 'epoch' | 'received'> {
  /**
   * Everything before `/shells` or `/runtimes`: `wss://host`, `https://host/base`. A function is called again for every
   * attempt.
   */
  readonly url: Fresh
  /** A bearer token. A function is called again for every attempt. @defaultValue none */
  readonly token?: Fresh | undefined
  /** How the token travels. Browsers cannot set headers. @defaultValue 'header' */
  readonly tokenIn?: 'header' | 'subprotocol' | undefined
  /** Further headers, such as a trace id. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Dials the agentcore endpoints of a server, with a bearer token as header or as OAuth subprotocol. */
export function shellEndpoint(options: ShellEndpointOptions): ConnectShell {
  const { url, token, tokenIn = 'header', headers, ...request } = options
  return async (shellId, sessionId, context): Promise<Target> => {
    const base = (await freshOf(url, context)).replace(/^http/, 'ws').replace(/\/+$/, '')
    const path = shellPath({ ...request, shellId, sessionId: sessionId === '' ? undefined : sessionId })
    const target: Target = { url: base + path, headers }
    const value = token === undefined ? undefined : await freshOf(token, context)
    if (value === undefined) return target
    if (tokenIn === 'subprotocol') return { ...target, protocols: oauthSubprotocols(value) }
    return { ...target, headers: { ...headers, authorization: `Bearer ${value}` } }
  }
}

/** Dials a URL that a backend has signed: the function is called again for every attempt, and its URL is used as it is. */
export function presignedShell(
  presign: (shellId: string, sessionId: string) => string | Promise<string>,
): ConnectShell {
  return async (shellId, sessionId) => ({ url: await presign(shellId, sessionId) })
}
