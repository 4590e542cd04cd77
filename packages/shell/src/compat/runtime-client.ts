import { SESSION_ID_NAME, shellPath } from '@holdfast/protocol/shell'
import type { AgentCoreAuth, AwsCredentials } from '../aws.ts'
import { presignWebSocket, signWebSocket } from '../aws-signing.ts'
import { ShellSessionError } from '../errors.ts'
import {
  assertExpires,
  assertShellId,
  DEFAULT_PRESIGNED_URL_TIMEOUT,
  parseRuntimeArn,
  tokenSubprotocols,
} from './runtime-arn.ts'
import { type ConnectFn, ShellSession, type ShellSessionOptions } from './shell-session.ts'

/** Options of {@link RuntimeClient}. */
export interface RuntimeClientConfig {
  /** @defaultValue `AWS_REGION` of the environment */
  readonly region?: string | undefined
  /** @defaultValue the chain of `@aws-sdk/credential-provider-node` */
  readonly credentialsProvider?: (() => Promise<AwsCredentials>) | undefined
}

/** The runtime, its endpoint, and the session to connect to. */
export interface GenerateWsConnectionParams {
  readonly runtimeArn: string
  /** @defaultValue a random one */
  readonly sessionId?: string | undefined
  readonly endpointName?: string | undefined
}

export interface GeneratePresignedUrlParams extends GenerateWsConnectionParams {
  /** Further members of the query; they are signed. */
  readonly customHeaders?: Readonly<Record<string, string>> | undefined
  /** Seconds until the URL expires. @defaultValue 300, the most */
  readonly expires?: number | undefined
}

export interface GenerateWsConnectionOAuthParams extends GenerateWsConnectionParams {
  readonly bearerToken: string
}

/** What a WebSocket client needs: URL and headers. */
export interface WebSocketConnection {
  readonly url: string
  readonly headers: Record<string, string>
}

/** Which shell of which runtime. */
export interface ConnectShellSigV4Params {
  readonly runtimeArn: string
  readonly shellId: string
  readonly sessionId: string
  readonly endpointName?: string | undefined
}

export interface ConnectShellPresignedParams extends ConnectShellSigV4Params {
  /** Seconds until the URL expires. @defaultValue 300, the most */
  readonly expires?: number | undefined
}

export interface ConnectShellOAuthParams extends ConnectShellSigV4Params {
  readonly bearerToken: string
}

/** What {@link RuntimeClient.openShell} takes. */
export interface OpenShellParams extends Omit<ShellSessionOptions, 'connectFn'> {
  readonly runtimeArn: string
  readonly endpointName?: string | undefined
  /** @defaultValue 'sigv4' */
  readonly auth?: AgentCoreAuth | undefined
}

/**
 * The runtime and shell methods of the published client. `BEDROCK_AGENTCORE_DATA_PLANE_ENDPOINT` of the environment
 * replaces the region's endpoint. Every method rejects with `shell/invalid_option` where an argument is wrong, before
 * it dials.
 */
export class RuntimeClient {
  readonly region: string
  readonly #credentials: (() => Promise<AwsCredentials>) | undefined

  /** @throws `shell/invalid_option` without a region */
  constructor(config: RuntimeClientConfig = {}) {
    const region = config.region ?? variable('AWS_REGION') ?? ''
    if (region.trim() === '') {
      throw new ShellSessionError('shell/invalid_option', 'Expected config.region, or AWS_REGION in the environment.')
    }
    this.region = region
    this.#credentials = config.credentialsProvider
  }

  /** URL and signed headers of a runtime's WebSocket. */
  async generateWsConnection(params: GenerateWsConnectionParams): Promise<WebSocketConnection> {
    parseRuntimeArn(params.runtimeArn)
    const url = this.#runtimeUrl(params)
    const signed = await signWebSocket({ ...this.#signing, url, sessionId: params.sessionId ?? crypto.randomUUID() })
    return { url, headers: { ...signed, ...upgradeHeaders('AgentCoreRuntimeClient/1.0') } }
  }

  /** URL of a runtime's WebSocket with the signature in it. */
  async generatePresignedUrl(params: GeneratePresignedUrlParams): Promise<string> {
    const { expires = DEFAULT_PRESIGNED_URL_TIMEOUT, sessionId = crypto.randomUUID(), customHeaders } = params
    assertExpires(expires)
    parseRuntimeArn(params.runtimeArn)
    const url = this.#runtimeUrl(params, { ...customHeaders, [SESSION_ID_NAME]: sessionId })
    return presignWebSocket({ ...this.#signing, url, expires })
  }

  /** URL of a runtime's WebSocket, with a bearer token in the headers. Needs no AWS credentials. */
  async generateWsConnectionOAuth(params: GenerateWsConnectionOAuthParams): Promise<WebSocketConnection> {
    const { bearerToken, runtimeArn, sessionId = crypto.randomUUID() } = params
    tokenSubprotocols(bearerToken, Number.POSITIVE_INFINITY)
    parseRuntimeArn(runtimeArn)
    const url = this.#runtimeUrl(params)
    const headers = {
      Authorization: `Bearer ${bearerToken}`,
      [SESSION_ID_NAME]: sessionId,
      Host: new URL(url).hostname,
      ...upgradeHeaders('OAuth-WebSocket-Client/1.0'),
    }
    return { url, headers }
  }

  /** URL and signed headers of a shell. */
  async connectShellSigV4(params: ConnectShellSigV4Params): Promise<WebSocketConnection> {
    const url = this.#shellUrl(params)
    return { url, headers: await signWebSocket({ ...this.#signing, url, sessionId: params.sessionId }) }
  }

  /** URL of a shell with the signature in it. */
  async connectShellPresigned(params: ConnectShellPresignedParams): Promise<{ readonly url: string }> {
    const { expires = DEFAULT_PRESIGNED_URL_TIMEOUT, sessionId } = params
    assertExpires(expires)
    return { url: await presignWebSocket({ ...this.#signing, url: this.#shellUrl(params, sessionId), expires }) }
  }

  /** URL of a shell, and the subprotocols that carry the bearer token. Needs no AWS credentials. */
  async connectShellOAuth(
    params: ConnectShellOAuthParams,
  ): Promise<{ readonly url: string; readonly subprotocols: string[] }> {
    const subprotocols = tokenSubprotocols(params.bearerToken)
    return { url: this.#shellUrl(params, params.sessionId), subprotocols }
  }

  /** Opens a shell; connected when it resolves. */
  async openShell(params: OpenShellParams): Promise<ShellSession> {
    const { runtimeArn, endpointName, auth = 'sigv4', ...options } = params
    this.#assertRegion(runtimeArn)
    if (options.shellId !== undefined) assertShellId(options.shellId)
    // Mistakes are reported now, and not after a dial.
    if (auth !== 'sigv4' && auth.type === 'presigned') assertExpires(auth.expires ?? DEFAULT_PRESIGNED_URL_TIMEOUT)
    if (auth !== 'sigv4' && auth.type === 'oauth' && typeof auth.bearerToken === 'string') {
      tokenSubprotocols(auth.bearerToken)
    }
    const connectFn: ConnectFn = (shellId, sessionId) =>
      this.#connect(auth, { runtimeArn, endpointName, shellId, sessionId })
    return new ShellSession({ ...options, connectFn }).connect()
  }

  async #connect(auth: AgentCoreAuth, shell: ConnectShellSigV4Params): ReturnType<ConnectFn> {
    if (auth === 'sigv4') return this.connectShellSigV4(shell)
    if (auth.type === 'presigned') {
      const { url } = await this.connectShellPresigned({ ...shell, expires: auth.expires })
      return { url, headers: {} }
    }
    const bearerToken = typeof auth.bearerToken === 'function' ? await auth.bearerToken() : auth.bearerToken
    const { url, subprotocols } = await this.connectShellOAuth({ ...shell, bearerToken })
    return { url, headers: {}, protocols: subprotocols }
  }

  get #signing() {
    return { region: this.region, credentials: this.#credentials }
  }

  #assertRegion(runtimeArn: string): void {
    const { region } = parseRuntimeArn(runtimeArn)
    if (region === this.region) return
    const what = `The ARN's region ${region} is not that of the client, ${this.region}. Make a client for ${region}.`
    throw new ShellSessionError('shell/invalid_option', what)
  }

  #shellUrl({ runtimeArn: runtime, shellId, endpointName }: ConnectShellSigV4Params, sessionId?: string): string {
    assertShellId(shellId)
    this.#assertRegion(runtime)
    return this.#endpoint + shellPath({ shellId, runtime, qualifier: endpointName || undefined, sessionId })
  }

  #runtimeUrl({ runtimeArn, endpointName }: GenerateWsConnectionParams, query: Record<string, string> = {}): string {
    const url = new URL(`${this.#endpoint}/runtimes/${encodeURIComponent(runtimeArn)}/ws`)
    if (endpointName !== undefined && endpointName !== '') url.searchParams.set('qualifier', endpointName)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    return url.toString()
  }

  /** Read at each call, as it may be set after the client was made. */
  get #endpoint(): string {
    const given = variable('BEDROCK_AGENTCORE_DATA_PLANE_ENDPOINT')
    const base = given === undefined || given === '' ? `https://bedrock-agentcore.${this.region}.amazonaws.com` : given
    return base.replace(/^http/, 'ws').replace(/\/+$/, '')
  }
}

/** Of the environment, where there is one. */
function variable(name: string): string | undefined {
  return typeof process === 'undefined' ? undefined : process.env[name]
}

/** What the published client gives along for clients that write the upgrade themselves. */
function upgradeHeaders(userAgent: string): Record<string, string> {
  return {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)))),
    'User-Agent': userAgent,
  }
}
