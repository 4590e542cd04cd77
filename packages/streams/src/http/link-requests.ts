import type { Clock } from '@holdfast/contract'
import { isObject } from '@holdfast/contract/shape'
import {
  hasScope,
  type Principal,
  type RestAnswer,
  type RestCall,
  type RestRoute,
  withBody,
} from '@holdfast/gate/internals'
import { StreamError } from '../errors.ts'
import type { StreamLimits } from '../limits.ts'
import type { LinkTarget, ReadLink, ReadLinks } from '../links/read-links.ts'
import type { SessionSource } from '../session-source.ts'
import type { StreamStore } from '../stream/stream-store.ts'
import { demandNoGrant, demandOwner } from './stream-routes.ts'

/** What the desk of links is made of. */
export interface LinkRequestsParts {
  readonly links: ReadLinks
  readonly store: StreamStore
  readonly source: SessionSource | undefined
  readonly limits: StreamLimits
  readonly clock: Clock
  readonly base: string
}

/** Who wants to let others read, what, and for how long. */
interface LinkRequest {
  readonly session?: string | undefined
  readonly stream?: string | undefined
  readonly expiresInMs?: number | undefined
}

/** `/read-links`: `POST` makes one and shows its address once, `GET` lists one's own, `DELETE /read-links/{id}` ends one. */
export function linkRequests(parts: LinkRequestsParts): readonly RestRoute[] {
  const { links } = parts
  const path = '/read-links'
  const list = async ({ principal }: RestCall): Promise<RestAnswer> => ({
    body: { links: (await links.list(principal.id)).map(linkBody) },
  })
  const revoke = async ({ principal, parameters: { id = '' } }: RestCall): Promise<RestAnswer> => {
    if (await links.revoke(id, principal.id, hasScope(principal))) return { body: { id, status: 'revoked' } }
    throw new StreamError('streams/not_found', 'There is no such link of this principal.')
  }
  const scopes = ['lead', 'control'] as const
  return [
    {
      method: 'POST',
      path,
      scopes,
      permit: demandNoGrant,
      run: withBody(linkRequestIn, (call, request) => make(parts, call, request)),
    },
    { method: 'GET', path, permit: demandNoGrant, run: list },
    { method: 'DELETE', path: `${path}/{id}`, permit: demandNoGrant, run: revoke },
  ]
}

async function make(parts: LinkRequestsParts, { principal }: RestCall, request: LinkRequest): Promise<RestAnswer> {
  const { links, limits, clock, base } = parts
  const { expiresInMs = limits.linkMs } = request
  if (!(expiresInMs >= 1_000 && expiresInMs <= limits.maxLinkMs)) {
    throw new StreamError('streams/bad_request', `expiresInMs: expected 1000 to ${limits.maxLinkMs}`)
  }
  const target = await targetOf(parts, principal, request)
  const { link, secret } = await links.make(target, principal.id, clock.epoch() + Math.round(expiresInMs))
  return { status: 201, body: { ...linkBody(link), path: `${base}/links/${secret}` } }
}

async function targetOf(
  { source, store }: LinkRequestsParts,
  principal: Principal,
  { session, stream }: LinkRequest,
): Promise<LinkTarget> {
  if (stream !== undefined) {
    const found = await store.get(stream)
    demandOwner(principal, found.record)
    return { kind: 'stream', id: stream, epoch: found.record.epoch }
  }
  if (source === undefined || session === undefined)
    throw new StreamError('streams/not_found', 'There is no such session.')
  const { id, epoch } = await source.find(principal, session, 'share')
  return { kind: 'session', id, epoch }
}

function linkRequestIn(body: unknown): LinkRequest {
  if (!isObject(body)) throw new StreamError('streams/bad_request', 'body: expected an object')
  const { session, stream, expiresInMs } = body
  const [one, other] = [textIn('session', session), textIn('stream', stream)]
  if ((one === undefined) === (other === undefined)) {
    throw new StreamError('streams/bad_request', 'body: expected either session or stream')
  }
  if (expiresInMs !== undefined && typeof expiresInMs !== 'number') {
    throw new StreamError('streams/bad_request', 'expiresInMs: expected a number')
  }
  return { session: one, stream: other, expiresInMs }
}

function textIn(name: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  throw new StreamError('streams/bad_request', `${name}: expected a text`)
}

function linkBody({ linkId: id, kind, id: target, createdAt, endsAt }: ReadLink): object {
  return {
    id,
    [kind]: target,
    createdAt: new Date(createdAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
  }
}
