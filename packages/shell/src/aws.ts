import { oauthSubprotocols, shellPath } from '@holdfast/protocol/shell'
import { type AwsCredentials, presignWebSocket, signWebSocket } from './aws-signing.ts'
import { ShellSessionError } from './errors.ts'
import type { ConnectShell } from './options.ts'

export type { AwsCredentials } from './aws-signing.ts'

/** How a shell of Amazon Bedrock AgentCore is authorised. */
export type AgentCoreAuth =
  /** Signed headers (AWS Signature Version 4). Browsers cannot send them. */
  | 'sigv4'
  /** The signature in the URL. `expires` in seconds, at most 300. */
  | { readonly type: 'presigned'; readonly expires?: number | undefined }
  /** A bearer token as subprotocol; needs no AWS credentials. */
  | { readonly type: 'oauth'; readonly bearerToken: string | (() => string | Promise<string>) }

/** Options of {@link agentCoreShell}. */
export interface AgentCoreOptions {
  /** `arn:aws:bedrock-agentcore:{region}:{account}:runtime/{name}` */
  readonly runtimeArn: string
  /** @defaultValue the region in the ARN */
  readonly region?: string | undefined
  /** The endpoint's name. @defaultValue the service's own default */
  readonly qualifier?: string | undefined
  /** @defaultValue 'sigv4' */
  readonly auth?: AgentCoreAuth | undefined
  /**
   * AWS credentials. A function is called again for every attempt. @defaultValue the chain of
   * `@aws-sdk/credential-provider-node` (Node only)
   */
  readonly credentials?: AwsCredentials | (() => Promise<AwsCredentials>) | undefined
  /** @defaultValue the public endpoint of the region */
  readonly endpoint?: string | undefined
  /** When the signature is made. For tests. @defaultValue now */
  readonly signingDate?: (() => Date) | undefined
}

/** Longest life of a presigned URL, in seconds: the service refuses more. */
const MAX_EXPIRES_S = 300
const SERVICE = 'bedrock-agentcore'

/**
 * Dials shells of Amazon Bedrock AgentCore. Signing is done by `@smithy/signature-v4` with `@aws-crypto/sha256-js`,
 * which are peers to install beside this package; `oauth` needs neither.
 * @throws `shell/invalid_option` where the ARN names no region, or the lifetime of a URL exceeds 300 s
 */
export function agentCoreShell(options: AgentCoreOptions): ConnectShell {
  const { runtimeArn: runtime, qualifier, auth = 'sigv4' } = options
  const region = options.region ?? runtime.split(':')[3]
  if (region === undefined || region === '') {
    throw new ShellSessionError('shell/invalid_option', 'Expected a runtime ARN with a region, or the option region.')
  }
  const base = (options.endpoint ?? `wss://${SERVICE}.${region}.amazonaws.com`).replace(/\/+$/, '')
  if (auth === 'sigv4') {
    return async (shellId, sessionId) => {
      const url = base + shellPath({ shellId, runtime, qualifier })
      return { url, headers: await signWebSocket({ ...options, region, url, sessionId }) }
    }
  }
  if (auth.type === 'oauth') {
    const { bearerToken } = auth
    return async (shellId, sessionId) => ({
      url: base + shellPath({ shellId, sessionId, runtime, qualifier }),
      protocols: oauthSubprotocols(typeof bearerToken === 'function' ? await bearerToken() : bearerToken),
    })
  }
  const { expires = MAX_EXPIRES_S } = auth
  if (!(expires >= 1 && expires <= MAX_EXPIRES_S)) {
    throw new ShellSessionError('shell/invalid_option', `Expected expires from 1 to ${MAX_EXPIRES_S}, got ${expires}.`)
  }
  return async (shellId, sessionId) => {
    const url = base + shellPath({ shellId, sessionId, runtime, qualifier })
    return { url: await presignWebSocket({ ...options, region, url, expires }) }
  }
}
