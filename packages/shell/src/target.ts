import type { Target } from '@holdfast/core'
import { shellEndpoint } from './credentials.ts'
import type { ConnectShell, ShellSessionOptions } from './options.ts'

/** Where a session dials: the given target, or the endpoint of its URL. Browsers send the token as a subprotocol. */
export function shellTarget({ target, url = '', token, transport }: ShellSessionOptions): ConnectShell {
  if (target !== undefined) return target
  return shellEndpoint({ url, token, tokenIn: transport.traits.requestHeaders ? 'header' : 'subprotocol' })
}

/** What a returning client asks of a server that has offsets (shell §5). */
export interface ResumeRequest {
  readonly lease: string
  readonly epoch: string
  readonly received: number
  /** Names this client in memory; it is in no checkpoint. */
  readonly instance: string
  /** Another client writes: this client keeps watching. */
  readonly watches: boolean
}

/** The target with the positions of this client in its query. */
export function withResume(target: Target, resume: ResumeRequest | undefined): Target {
  if (resume === undefined) return target
  const { lease, instance, epoch, received, watches } = resume
  return inQuery(target, (query) => {
    query.set('lease', lease)
    query.set('instance', instance)
    if (watches && !query.has('onConflict')) query.set('onConflict', 'observe')
    query.set('epoch', epoch)
    query.set('received', String(received))
  })
}

/** The target with what this client does with a picture of the terminal. */
export function withScreen(target: Target, screen: 'frames' | 'none' | 'unsaid' = 'none'): Target {
  return screen === 'unsaid' ? target : inQuery(target, (query) => query.set('screen', screen))
}

/** A signed URL or request stays as it is, and so does a URL that is none: the transport says what is wrong with it. */
function inQuery(target: Target, change: (query: URLSearchParams) => void): Target {
  if (isSigned(target)) return target
  try {
    const url = new URL(target.url)
    change(url.searchParams)
    return { ...target, url: `${url}` }
  } catch {
    return target
  }
}

/** A signature covers the query (AWS Signature Version 4). */
function isSigned({ url, headers }: Target): boolean {
  if (/[?&]X-Amz-Signature=/i.test(url)) return true
  return Object.entries(headers ?? {}).some(
    ([name, value]) => name.toLowerCase() === 'authorization' && value.startsWith('AWS4-'),
  )
}
