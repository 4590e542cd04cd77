import type { IncomingMessage } from 'node:http'
import { type Authenticate, type GrantedAccess, type Principal, tokenAuthenticate } from '@holdfast/gate/internals'

/** Who asks, as one server of ours tells another. */
const PRINCIPAL_HEADER = 'x-holdfast-principal'
/** More than any principal needs. */
const MAX_HEADER = 8_192

/** What one server tells another of the principal it speaks for: only together with the secret is it believed. */
export function relayHeaders(secret: string, principal: Principal): Readonly<Record<string, string>> {
  const { id, scopes, expiresAt, grant } = principal
  const granted = grant === undefined ? undefined : { ...grant, ...makerTold(grant.byScopes) }
  const told = JSON.stringify({ id, scopes: [...scopes], expiresAt, grant: granted })
  return { authorization: `Bearer ${secret}`, [PRINCIPAL_HEADER]: Buffer.from(told).toString('base64url') }
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
  const told = parsed(Buffer.from(header, 'base64url').toString())
  if (typeof told !== 'object' || told === null) return undefined
  const { id, scopes, expiresAt, grant }: { readonly [name: string]: unknown } = { ...told }
  if (typeof id !== 'string' || !Array.isArray(scopes)) return undefined
  const granted = grant === undefined ? undefined : grantedIn(grant)
  // What cannot be read may have been meant to narrow it.
  if (grant !== undefined && granted === undefined) return undefined
  const end = typeof expiresAt === 'number' ? expiresAt : undefined
  return { id, scopes: new Set(texts(scopes)), expiresAt: end, grant: granted }
}

/** Servers of before know of the maker of a grant only whether that may do everything. */
function makerTold(scopes: ReadonlySet<string>): object {
  return { byScopes: [...scopes], isByAdmin: scopes.has('admin') }
}

function grantedIn(value: unknown): GrantedAccess | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { by, role, isByAdmin, session, epoch, shell, ...more }: { readonly [name: string]: unknown } = { ...value }
  if (typeof by !== 'string' || typeof role !== 'string' || typeof isByAdmin !== 'boolean') return undefined
  const byScopes = Array.isArray(more['byScopes']) ? more['byScopes'] : [isByAdmin ? 'admin' : 'shell']
  const text = (one: unknown): string | undefined => (typeof one === 'string' ? one : undefined)
  const what = { session: text(session), epoch: text(epoch), shell: text(shell) }
  return { by, byScopes: new Set(texts(byScopes)), role, ...what }
}

function texts(values: readonly unknown[]): readonly string[] {
  return values.filter((value): value is string => typeof value === 'string')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
