import type { Target } from '@holdfast/core'
import { shellEndpoint } from './credentials.ts'
import type { ConnectShell, ShellSessionOptions } from './options.ts'

/** Where a session dials: what it was told, or the endpoint of its URL. Browsers send the token as a subprotocol. */
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
  /** Somebody else writes: this client goes on watching. */
  readonly watches: boolean
}

/** The target with the positions of this client in its query. A signed URL or request stays as it is. */
export function withResume(target: Target, resume: ResumeRequest | undefined): Target {
  if (resume === undefined || isSigned(target)) return target
  const url = new URL(target.url)
  url.searchParams.set('lease', resume.lease)
  url.searchParams.set('instance', resume.instance)
  if (resume.watches && !url.searchParams.has('onConflict')) url.searchParams.set('onConflict', 'observe')
  url.searchParams.set('epoch', resume.epoch)
  url.searchParams.set('received', String(resume.received))
  return { ...target, url: url.toString() }
}

/** The target with what this client does with a picture of the terminal. A signed URL or request stays as it is. */
export function withScreen(target: Target, screen: 'frames' | 'none' | 'unsaid' = 'none'): Target {
  if (screen === 'unsaid' || isSigned(target)) return target
  const url = new URL(target.url)
  url.searchParams.set('screen', screen)
  return { ...target, url: url.toString() }
}

/** A signature covers the query (AWS Signature Version 4). */
function isSigned({ url, headers }: Target): boolean {
  if (/[?&]X-Amz-Signature=/i.test(url)) return true
  return Object.entries(headers ?? {}).some(
    ([name, value]) => name.toLowerCase() === 'authorization' && value.startsWith('AWS4-'),
  )
}
