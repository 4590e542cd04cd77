import encodeQR from 'qr'
import { type EndpointOptions, httpUrl } from './endpoint.ts'
import { EXIT } from './exit-codes.ts'
import { callGateway, type Fields } from './gateway/gateway-api.ts'
import { makeGrant } from './gateway/grants.ts'
import { oneLine } from './gateway/listings.ts'
import { outputOn } from './output.ts'
import { ownCommand } from './own-command.ts'
import { durationOf } from './table.ts'
import { UserError } from './user-error.ts'

/** One session or one shell. */
export interface ShareTarget {
  readonly kind: 'session' | 'shell'
  readonly id: string
}

/** What is shared, and how. */
export interface ShareRequest {
  readonly target: ShareTarget
  /** They may write, too. */
  readonly isWriter: boolean
  readonly forMs: number
  readonly label?: string | undefined
  /** The gateway as they reach it. */
  readonly address?: string | undefined
}

/** A link that was made, and whom it lets do what. */
export interface Share {
  readonly request: ShareRequest
  readonly link: string
  readonly grant: Fields
}

const ROLES = {
  session: { watch: 'observe', write: 'control' },
  shell: { watch: 'observe', write: 'write' },
} as const
/** Whatever the colours of the terminal: cameras want dark on light. */
const WHITE_ON_BLACK = '\u001B[97;40m'

/** What an id names, where only one kind has it. @throws UserError where there is none, or both */
export async function targetOf(
  endpoint: EndpointOptions,
  { id, session, shell }: { readonly [Name in 'id' | 'session' | 'shell']: string | undefined },
): Promise<ShareTarget> {
  const named = [id, session, shell].filter((one) => one !== undefined)
  if (named.length !== 1)
    throw new UserError(
      `Name one session or shell: ${ownCommand('share ID')}. Those that are there: ${ownCommand('ls')}`,
    )
  if (session !== undefined) return { kind: 'session', id: session }
  if (shell !== undefined) return { kind: 'shell', id: shell }
  const found = [await lookFor(endpoint, 'shell', id ?? ''), await lookFor(endpoint, 'session', id ?? '')]
  // A token may be good for one kind alone.
  const refusals = found.filter((one) => one instanceof UserError)
  if (refusals.length === found.length) throw refusals[0]
  const kinds = (['shell', 'session'] as const).filter((_kind, at) => found[at] === true)
  const [kind, other] = kinds
  if (kind === undefined)
    throw new UserError(`There is no session and no shell ${id}. Try: ${ownCommand('ls')}`, EXIT.notFound)
  if (other !== undefined)
    throw new UserError(`A session and a shell are called ${id}. Say which: --session or --shell.`)
  return { kind, id: id ?? '' }
}

/** Whether there is one; the refusal where the token may not look. */
async function lookFor(endpoint: EndpointOptions, kind: ShareTarget['kind'], id: string): Promise<boolean | UserError> {
  const path = kind === 'shell' ? '/shells/' : '/api/hub/session/'
  return callGateway(endpoint, 'GET', `${path}${encodeURIComponent(id)}`).then(
    () => true,
    (error: unknown) => {
      if (error instanceof UserError && error.exitCode === EXIT.notFound) return false
      if (error instanceof UserError && error.exitCode === EXIT.refused) return error
      throw error
    },
  )
}

/** Makes the grant and the link to it. @throws UserError */
export async function shareLink(endpoint: EndpointOptions, request: ShareRequest): Promise<Share> {
  const { target, isWriter, forMs, label, address } = request
  const base = httpUrl(address ?? endpoint.url)
  const role = ROLES[target.kind][isWriter ? 'write' : 'watch']
  const grant = await makeGrant(endpoint, { [target.kind]: target.id, role, expiresInMs: forMs, label })
  const fragment = new URLSearchParams({ token: String(grant['token']), [target.kind]: target.id })
  if (target.kind === 'shell') fragment.set('view', 'shells')
  if (target.kind === 'shell') fragment.set('share', isWriter ? 'write' : 'watch')
  return { request, grant, link: `${base}/#${fragment}` }
}

/** Prints it: the link on standard output, all about it beside that. */
export async function printShare(
  { request, link, grant }: Share,
  { isJson, hasCode }: { readonly isJson: boolean; readonly hasCode: boolean },
): Promise<void> {
  const out = outputOn(process.stdout)
  const { token: _token, ...shown } = grant
  if (isJson) return out.json({ link, ...shown })
  const err = outputOn(process.stderr)
  await err.line(rightsLine(request, grant))
  await out.line(link)
  if (hasCode && err.isTerminal) for (const line of codeOf(link)) await err.line(`${WHITE_ON_BLACK}${line}\u001B[0m`)
  if (isLoopback(link)) await err.line('This address is of this machine alone. For others: --address http://HOST:PORT')
  await err.line(`To end it now: ${ownCommand(`share revoke ${oneLine(grant['id'])}`)}`)
}

/** Whose rights the link gives, to what, and until when. */
function rightsLine({ target: { kind, id }, isWriter, forMs }: ShareRequest, { by, endsAt }: Fields): string {
  const may = { shell: ['watch', 'watch and type into'], session: ['watch', 'watch and steer'] }[kind][isWriter ? 1 : 0]
  const until = String(endsAt).slice(0, 16).replace('T', ' ')
  return `Anyone with this link may ${may} the ${kind} ${id}, with the rights of ${oneLine(by)} there and none elsewhere, for ${durationOf(forMs)} (until ${until} UTC).`
}

/** Lines of half blocks, which are the light of the code: a character is two modules high. */
function codeOf(link: string): readonly string[] {
  return encodeQR(link, 'ascii', { ecc: 'low', border: 2 }).trimEnd().split('\n')
}

function isLoopback(link: string): boolean {
  const { hostname } = new URL(link)
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}
