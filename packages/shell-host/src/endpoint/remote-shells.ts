import type { Clock } from '@holdfast/contract'
import type { Principal, RestAnswer, RestCall } from '@holdfast/gate/internals'
import { parseShellList, type ShellList } from '@holdfast/protocol/shell'
import { shellError } from '../errors.ts'
import { relayHeaders } from '../tunnel/relayed-principal.ts'

/** A person looks at a list: a server that takes longer is left out. */
const ANSWER_MS = 3_000
/** A shell that is ended has two seconds for it. */
const DONE_MS = 8_000

/** Which servers are asked, and how they know that a server of theirs asks. */
export interface RemoteShellsParts {
  /** Where the other servers of the cluster are reached, each with the path before its shell paths. */
  readonly urls: readonly string[]
  readonly secret: string
  readonly clock: Clock
}

/** The shells of the other servers, as this principal may see them. Never rejects: who does not answer is counted. */
export async function remoteShells(principal: Principal, parts: RemoteShellsParts): Promise<ShellList> {
  const answers = await Promise.all(parts.urls.map((url) => ask(url, principal, parts)))
  const lists = answers.filter((list) => list !== undefined)
  const silent = answers.length - lists.length
  return {
    shells: lists.flatMap(({ shells }) => shells),
    ...(silent === 0 ? {} : { unreachable: silent }),
    ...(lists.some(({ more }) => more === true) ? { more: true } : {}),
  }
}

async function ask(
  url: string,
  principal: Principal,
  { secret, clock }: RemoteShellsParts,
): Promise<ShellList | undefined> {
  const late = new AbortController()
  const timer = clock.after(ANSWER_MS, () => late.abort())
  try {
    const headers = relayHeaders(secret, principal)
    const response = await fetch(`${url}/shells`, { headers, signal: late.signal, redirect: 'error' })
    const parsed = parseShellList(await response.json())
    return response.ok && parsed.ok ? parsed.message : undefined
  } catch {
    return undefined
  } finally {
    timer.cancel()
  }
}

/** One request for one shell, asked of the server that has it. @throws `shell/peer_unreachable` */
export async function askPeer(
  { request, principal, query, body }: RestCall,
  shellId: string,
  parts: { readonly url: string; readonly secret: string; readonly clock: Clock },
): Promise<RestAnswer> {
  const { method = 'GET' } = request
  const sessionId = query.get('sessionId')
  const target = `${parts.url}/shells/${shellId}${sessionId === null ? '' : `?${new URLSearchParams({ sessionId })}`}`
  const late = new AbortController()
  const timer = parts.clock.after(DONE_MS, () => late.abort())
  const sent = method === 'PATCH' ? { body: JSON.stringify(await body()) } : {}
  try {
    const headers = relayHeaders(parts.secret, principal)
    const response = await fetch(target, { method, headers, signal: late.signal, redirect: 'error', ...sent })
    return { status: response.status, body: Object(await response.json()) }
  } catch (cause) {
    throw shellError('shell/peer_unreachable', 'The server that has this shell cannot be reached now.', { cause })
  } finally {
    timer.cancel()
  }
}
