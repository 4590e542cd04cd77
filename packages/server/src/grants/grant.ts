import { createHash, randomBytes } from 'node:crypto'
import type { Principal } from '@holdfast/gate/internals'
import type { Grant, GrantRole } from '../generated/types.ts'

export type { Grant, GrantRole } from '../generated/types.ts'

/** What a grant allows its holder: with a session, or with a shell. */
export const GRANT_ROLES: {
  readonly session: readonly ['observe', 'control', 'lead']
  readonly shell: readonly ['observe', 'write']
} = {
  session: ['observe', 'control', 'lead'],
  shell: ['observe', 'write'],
}

/** Every token of a grant begins so. */
export const GRANT_TOKEN_PREFIX = 'hfg_'
/** Scopes that let do what a role says. A shell's role is a scope of its own: it starts none. */
const NEEDED: Readonly<Record<GrantRole, readonly string[]>> = {
  observe: ['observe', 'control', 'lead'],
  control: ['control'],
  lead: ['lead'],
  write: [],
}

export function newGrantToken(): string {
  return `${GRANT_TOKEN_PREFIX}${randomBytes(32).toString('base64url')}`
}

export function grantDigest(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/** Whether these scopes allow everything that the role allows. */
export function coversRole(scopes: ReadonlySet<string>, { shell, role }: Pick<Grant, 'shell' | 'role'>): boolean {
  if (scopes.has('admin')) return true
  return shell === undefined ? NEEDED[role].some((scope) => scopes.has(scope)) : scopes.has('shell')
}

/** The principal of a grant's token: an identity of its own, with the grant's role alone. */
export function holderOf(grant: Grant, byScopes: ReadonlySet<string>, revoked: AbortSignal): Principal {
  const { id, by, session, epoch, shell, role, endsAt } = grant
  return {
    // No configured principal can have such a name.
    id: `grant:${id}`,
    scopes: new Set(shell === undefined ? [role] : [`shell:${role}`]),
    expiresAt: endsAt,
    grant: { by, byScopes, session, epoch, shell, role },
    revoked,
  }
}
