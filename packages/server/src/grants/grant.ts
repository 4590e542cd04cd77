import { createHash, randomBytes } from 'node:crypto'
import type { Principal } from '@holdfast/gate/internals'

/** What a grant lets its holder do: with a session, or with a shell. */
export const GRANT_ROLES = {
  session: ['observe', 'control', 'lead'],
  shell: ['observe', 'write'],
} as const

export type GrantRole = (typeof GRANT_ROLES)['session' | 'shell'][number]

/** One session or one shell that a principal lets others into, for a time. */
export interface Grant {
  readonly id: string
  /** The principal who made it. */
  readonly by: string
  readonly session?: string | undefined
  /** The life of the session: one that is made again under its id is another one. */
  readonly epoch?: string | undefined
  readonly shell?: string | undefined
  readonly role: GrantRole
  /** For people. */
  readonly label?: string | undefined
  /** In milliseconds since 1970. */
  readonly createdAt: number
  readonly endsAt: number
}

/** A grant as it is kept: its token only as a digest. */
export interface KeptGrant extends Grant {
  readonly digest: string
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

/** Whether somebody with these scopes may do what the role says. */
export function coversRole(scopes: ReadonlySet<string>, { shell, role }: Pick<Grant, 'shell' | 'role'>): boolean {
  if (scopes.has('admin')) return true
  return shell === undefined ? NEEDED[role].some((scope) => scopes.has(scope)) : scopes.has('shell')
}

/** Whom a grant's token stands for: nobody who exists otherwise, with the grant's role alone. */
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

export function isKeptGrant(value: unknown): value is KeptGrant {
  if (typeof value !== 'object' || value === null) return false
  const { id, by, session, shell, role, createdAt, endsAt, digest }: { readonly [name: string]: unknown } = { ...value }
  const kind = typeof session === 'string' ? 'session' : 'shell'
  const roles: readonly unknown[] = GRANT_ROLES[kind]
  const isFor = kind === 'session' || typeof shell === 'string'
  const texts = [id, by, digest].every((text) => typeof text === 'string')
  return isFor && texts && roles.includes(role) && typeof createdAt === 'number' && typeof endsAt === 'number'
}
