import type { IncomingMessage } from 'node:http'
import { fits } from '@holdfast/contract/shape'
import { type Authenticate, type GrantedAccess, type Principal, tokenAuthenticate } from '@holdfast/gate/internals'
import { relayedPrincipal } from '../generated/checks.ts'
import type { RelayedGrant } from '../generated/types.ts'

/** The principal of a request, as one server of ours reports it to another. */
const PRINCIPAL_HEADER = 'x-holdfast-principal'
/** More than any principal needs. */
const MAX_HEADER = 8_192

/** What one server sends another of the principal it speaks for: only together with the secret is it believed. */
export function relayHeaders(secret: string, principal: Principal): Readonly<Record<string, string>> {
  const { id, scopes, expiresAt, grant } = principal
  const granted = grant === undefined ? undefined : { ...grant, ...makerFields(grant.byScopes) }
  const header = JSON.stringify({ id, scopes: [...scopes], expiresAt, grant: granted })
  return { authorization: `Bearer ${secret}`, [PRINCIPAL_HEADER]: Buffer.from(header).toString('base64url') }
}

/** Believes the principal that a request was relayed for, where the request proves to come from a server of ours. */
export function relayedPrincipals(secret: string): Authenticate {
  const isOurs = tokenAuthenticate([{ secret, principal: 'relay' }])
  return async (credentials) => {
    if ((await isOurs(credentials)) === undefined) return undefined
    return principalIn(credentials.request)
  }
}

function principalIn({ headers }: IncomingMessage): Principal | undefined {
  const header = headers[PRINCIPAL_HEADER]
  if (typeof header !== 'string' || header.length > MAX_HEADER) return undefined
  const stated = parsed(Buffer.from(header, 'base64url').toString())
  // What cannot be read may have been meant to narrow it.
  if (!fits(relayedPrincipal, stated)) return undefined
  const { id, scopes, expiresAt, grant } = stated
  return { id, scopes: new Set(scopes), expiresAt, grant: grant === undefined ? undefined : grantedBy(grant) }
}

/** Servers of before know of the maker of a grant only whether that may do everything. */
function makerFields(scopes: ReadonlySet<string>): object {
  return { byScopes: [...scopes], isByAdmin: scopes.has('admin') }
}

function grantedBy({ by, role, isByAdmin, byScopes, session, epoch, shell }: RelayedGrant): GrantedAccess {
  return { by, byScopes: new Set(byScopes ?? [isByAdmin ? 'admin' : 'shell']), role, session, epoch, shell }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
