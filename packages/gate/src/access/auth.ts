import { createHash, timingSafeEqual } from 'node:crypto'
import { HoldfastError } from '@holdfast/contract'
import type { Authenticate, Principal } from '../endpoint.ts'

/** What a principal may do. `admin` includes all others. */
export const SCOPES = ['lead', 'observe', 'control', 'shell', 'track', 'admin'] as const

export type Scope = (typeof SCOPES)[number]

/** A token and the principal that it belongs to. */
export interface TokenGrant {
  readonly secret: string
  readonly principal: string
  /** @defaultValue all of {@link SCOPES} */
  readonly scopes?: readonly Scope[] | undefined
}

/** Whether a principal has one of these scopes. */
export function hasScope(principal: Principal, ...scopes: readonly Scope[]): boolean {
  return principal.scopes.has('admin') || scopes.some((scope) => principal.scopes.has(scope))
}

/**
 * Asks for a principal, and where it has a grant for the grant's maker too, with what that may do now: what the maker may not,
 * the holder may not either.
 */
export async function allAllow(
  principal: Principal,
  allows: (principal: Principal) => boolean | Promise<boolean>,
): Promise<boolean> {
  const { grant } = principal
  const asked = grant === undefined ? [principal] : [principal, { id: grant.by, scopes: grant.byScopes }]
  return (await Promise.all(asked.map(allows))).every((answer) => answer === true)
}

/** What each principal of a list of tokens may do, all its tokens together: for `rightsOf` of grants. */
export function tokenRights(grants: readonly TokenGrant[]): (principalId: string) => ReadonlySet<string> | undefined {
  const rights = new Map<string, Set<string>>()
  for (const { principal, scopes = SCOPES } of grants) {
    rights.set(principal, new Set([...(rights.get(principal) ?? []), ...scopes]))
  }
  return (principalId) => rights.get(principalId)
}

/** Accepts every request with all scopes: only for servers that others cannot reach. */
export const allowEveryone: Authenticate = () => ({ id: 'anonymous', scopes: new Set(SCOPES) })

/**
 * Credentials against a fixed list of tokens. Every secret is compared, in constant time; none is kept in clear.
 * @throws HoldfastError `auth/bad_token` where a secret is empty
 */
export function tokenAuthenticate(grants: readonly TokenGrant[]): Authenticate {
  const known = grants.map((grant) => {
    if (grant.secret === '') throw new HoldfastError('auth/bad_token', 'A token needs a secret that is not empty.')
    return { digest: digestOf(grant.secret), principal: principalOf(grant) }
  })
  return ({ bearer, apiKey }) => {
    const offered = bearer ?? apiKey
    if (offered === undefined) return undefined
    const digest = digestOf(offered)
    let found: Principal | undefined
    for (const one of known) if (timingSafeEqual(one.digest, digest)) found = one.principal
    return found
  }
}

/**
 * Reads `secret` or `secret=principal:scope+scope`. A secret may end with `=`, as base64 does, also where nothing follows.
 * @throws HoldfastError `auth/bad_token`; the message never has the secret
 */
export function parseToken(text: string): TokenGrant {
  const mark = /[^=]=+$/.test(text) ? -1 : text.lastIndexOf('=')
  const [principal = '', list] = mark < 0 ? ['default'] : text.slice(mark + 1).split(':', 2)
  const secret = mark < 0 ? text : text.slice(0, mark)
  if (secret === '' || principal === '') {
    throw new HoldfastError('auth/bad_token', 'Expected a token of the form secret=principal:scope+scope.')
  }
  if (list === undefined) return { secret, principal }
  const scopes = list.split('+').map((name) => {
    const scope = SCOPES.find((candidate) => candidate === name)
    if (scope === undefined) {
      throw new HoldfastError('auth/bad_token', `Expected scopes out of ${SCOPES.join(' ')} for "${principal}".`)
    }
    return scope
  })
  return { secret, principal, scopes }
}

function principalOf({ principal, scopes = SCOPES }: TokenGrant): Principal {
  return { id: principal, scopes: new Set(scopes) }
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
