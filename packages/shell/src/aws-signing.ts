import { SESSION_ID_NAME } from '@holdfast/protocol/shell'

const SERVICE = 'bedrock-agentcore'

/** Keys of AWS, as every AWS credential provider gives them. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

/** Who signs, and for which region. */
export interface Signing {
  readonly region: string
  /** @defaultValue the chain of `@aws-sdk/credential-provider-node` (Node only) */
  readonly credentials?: AwsCredentials | (() => Promise<AwsCredentials>) | undefined
  /** When the signature is made. For tests. @defaultValue now */
  readonly signingDate?: (() => Date) | undefined
}

/** The headers of an upgrade, signed (AWS Signature Version 4). */
export async function signWebSocket(
  signing: Signing & { readonly url: string; readonly sessionId: string },
): Promise<Record<string, string>> {
  const signer = await signerFor(signing)
  const request = requestOf(signing.url, { [SESSION_ID_NAME]: signing.sessionId })
  const { headers } = await signer.sign(request, dateOf(signing))
  return { ...headers }
}

/** The URL with the signature in its query. `expires` in seconds. */
export async function presignWebSocket(
  signing: Signing & { readonly url: string; readonly expires: number },
): Promise<string> {
  const { protocol, host } = new URL(signing.url)
  const signer = await signerFor(signing)
  const request = requestOf(signing.url, {})
  const { path, query = {} } = await signer.presign(request, { expiresIn: signing.expires, ...dateOf(signing) })
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return `${protocol}//${host}${path}?${pairs.join('&')}`
}

/** Loaded when it is needed: who does not sign does not install them. */
async function signerFor(signing: Signing) {
  const [{ SignatureV4 }, { Sha256 }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@aws-crypto/sha256-js'),
  ])
  const { accessKeyId, secretAccessKey, sessionToken } = await keysOf(signing)
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
  return new SignatureV4({ credentials, region: signing.region, service: SERVICE, sha256: Sha256 })
}

async function keysOf({ credentials }: Signing): Promise<AwsCredentials> {
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

function dateOf({ signingDate }: Signing): { signingDate?: Date } {
  return signingDate === undefined ? {} : { signingDate: signingDate() }
}
