import { type GatewayIdentity, parseHubRest } from '@holdfast/protocol/hub/rest'
import { ApiError, ask, wordsOf } from './request.ts'

/** What came of asking a gateway whom a token stands for. */
export type Entry =
  | { readonly kind: 'in'; readonly identity: GatewayIdentity }
  /** The token is of no use here. */
  | { readonly kind: 'refused'; readonly problem: Problem }
  /** Not known yet: to be asked again. */
  | { readonly kind: 'away'; readonly problem: Problem }

/** Why nobody is signed in, and what to do about it. */
export interface Problem {
  readonly title?: string | undefined
  readonly text: string
}

/** Every token of a shared link begins so. */
const OF_A_LINK = 'hfg_'

/** Asks for the identity of the person. With POST, so that the browser says which page asks, as it does with WebSockets. Never rejects. */
export async function identify(base: string, token: string): Promise<Entry> {
  try {
    const parsed = parseHubRest.identity(await ask(`${base}/api/me`, token, { method: 'POST' }))
    return parsed.ok ? { kind: 'in', identity: parsed.message } : { kind: 'refused', problem: notAGateway(base) }
  } catch (error) {
    const { status, code } = error instanceof ApiError ? error : { status: undefined, code: undefined }
    if (status === undefined) return { kind: 'away', problem: { text: `${noAnswer(base)} It is tried again …` } }
    if (status === 401) return { kind: 'refused', problem: unknownToken(token) }
    if (code === undefined && status < 500) return { kind: 'refused', problem: notAGateway(base) }
    if (status === 429) return { kind: 'refused', problem: { text: TOO_OFTEN } }
    if (status >= 500) return { kind: 'away', problem: { text: `The gateway is not ready: ${wordsOf(error)}` } }
    return { kind: 'refused', problem: status === 403 ? otherPage() : { text: wordsOf(error) } }
  }
}

/** What to say of a token that is not taken; of a link, whether it was taken back or has ended, where that is known. */
export function unknownToken(token: string, endsAt?: number | undefined): Problem {
  if (!token.startsWith(OF_A_LINK)) return { text: UNKNOWN }
  const isOver = endsAt !== undefined && endsAt <= Date.now()
  const why = isOver
    ? 'Its time is over.'
    : endsAt === undefined
      ? 'Its time is over, or it was taken back.'
      : 'It was taken back.'
  return {
    title: 'This link has ended',
    text: `${why} Ask its owner for a new one, or sign in with a token of your own.`,
  }
}

const UNKNOWN =
  'The gateway does not know this token. Copy the whole of it from where the gateway was started, or ask its operator for one.'
const TOO_OFTEN = 'Too many wrong tokens came from your address. Wait a minute, then try again with the right one.'

function noAnswer(base: string): string {
  return `The gateway at ${base} does not answer: it is stopped or starting, or this device has no network.`
}

function notAGateway(base: string): Problem {
  return { text: `At ${base} something answers that is no Holdfast gateway. Check the address, and the path in it.` }
}

function otherPage(): Problem {
  const { origin } = location
  return {
    text: `The gateway serves no pages from ${origin}. Open the gateway’s own address, or have its operator start it with --origin ${origin}.`,
  }
}
