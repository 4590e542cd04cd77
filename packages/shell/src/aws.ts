import type { Target } from '@holdfast/core'
import { oauthSubprotocols, SESSION_ID_NAME, shellPath } from '@holdfast/protocol/shell'
import { ShellSessionError } from './errors.ts'
import type { ConnectShell } from './options.ts'

/** Keys of AWS, as every AWS credential provider gives them. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

/** How a shell of Amazon Bedrock AgentCore is authorised. */
export type AgentCoreAuth =
  /** Signed headers (AWS Signature Version 4). Browsers cannot send them. */
  | 'sigv4'
  /** The signature in the URL. `expires` in seconds, at most 300. */
  | { readonly type: 'presigned'; readonly expires?: number | undefined }
  /** A bearer token as subprotocol; needs no AWS credentials. */
  | { readonly type: 'oauth'; readonly bearerToken: string | (() => string | Promise<string>) }

/** What {@link agentCoreShell} is told. */
export interface AgentCoreOptions {
  /** `arn:aws:bedrock-agentcore:{region}:{account}:runtime/{name}` */
  readonly runtimeArn: string
  /** @defaultValue the region in the ARN */
  readonly region?: string | undefined
  /** The endpoint's name. @defaultValue the service's own default */
  readonly qualifier?: string | undefined
  /** @defaultValue 'sigv4' */
  readonly auth?: AgentCoreAuth | undefined
  /** Asked anew for every attempt. @defaultValue the chain of `@aws-sdk/credential-provider-node` (Node only) */
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
 * @throws `shell/invalid_option` where the ARN names no region, or a URL should live longer than 300 s
 */
export function agentCoreShell(options: AgentCoreOptions): ConnectShell {
  const { runtimeArn: runtime, qualifier, auth = 'sigv4' } = options
  const region = options.region ?? runtime.split(':')[3]
  if (region === undefined || region === '') {
    throw new ShellSessionError('shell/invalid_option', 'Expected a runtime ARN with a region, or the option region.')
  }
  const base = (options.endpoint ?? `wss://${SERVICE}.${region}.amazonaws.com`).replace(/\/+$/, '')
  if (auth === 'sigv4') {
    return (shellId, sessionId) => signed(options, region, base + shellPath({ shellId, runtime, qualifier }), sessionId)
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
  return (shellId, sessionId) =>
    presigned(options, region, base + shellPath({ shellId, sessionId, runtime, qualifier }), expires)
}

async function signed(options: AgentCoreOptions, region: string, url: string, sessionId: string): Promise<Target> {
  const signer = await signerFor(options, region)
  const request = requestOf(url, { [SESSION_ID_NAME]: sessionId })
  const { headers } = await signer.sign(request, dateOf(options))
  return { url, headers }
}

async function presigned(options: AgentCoreOptions, region: string, url: string, expiresIn: number): Promise<Target> {
  const signer = await signerFor(options, region)
  const { path, query = {} } = await signer.presign(requestOf(url, {}), { expiresIn, ...dateOf(options) })
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return { url: `${new URL(url).protocol}//${new URL(url).host}${path}?${pairs.join('&')}` }
}

/** Loaded when it is needed: who does not sign does not install them. */
async function signerFor(options: AgentCoreOptions, region: string) {
  const [{ SignatureV4 }, { Sha256 }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@aws-crypto/sha256-js'),
  ])
  const keys: AwsCredentials = await keysOf(options)
  const { accessKeyId, secretAccessKey, sessionToken } = keys
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
  return new SignatureV4({ credentials, region, service: SERVICE, sha256: Sha256 })
}

async function keysOf({ credentials }: AgentCoreOptions): Promise<AwsCredentials> {
  if (typeof credentials === 'function') return credentials()
  return credentials ?? (await import('@aws-sdk/credential-provider-node')).defaultProvider()()
}

function requestOf(wsUrl: string, headers: Readonly<Record<string, string>>) {
  const { hostname, host, pathname, searchParams } = new URL(wsUrl)
  return {
    method: 'GET',
    protocol: 'https:',
    hostname,
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: { host, ...headers },
  }
}

function dateOf({ signingDate }: AgentCoreOptions): { signingDate?: Date } {
  return signingDate === undefined ? {} : { signingDate: signingDate() }
}
