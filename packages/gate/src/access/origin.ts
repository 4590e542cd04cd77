import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { type Clock, HoldfastError, type Logger } from '@holdfast/contract'
import { OncePerMinute } from './once-per-minute.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

/** Names under which a machine knows itself, for every client. */
const LOOPBACK_NAME = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])$/
const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.)/
/** As much of what a browser says is repeated. */
const MAX_SHOWN = 200

/**
 * Whether requests of this origin are accepted: none (not a browser), the host it was sent to, or one of `allowed`
 * (`https://app.example`, or `*` for all). Default ports are ignored on both sides. Behind `proxies` the host is the
 * one that the proxies were asked for; where that was over TLS, a page loaded without TLS is a foreign origin.
 */
export function isAllowedOrigin(
  request: IncomingMessage,
  allowed: readonly string[] = [],
  proxies?: TrustedProxies | undefined,
): boolean {
  const { origin } = request.headers
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return true
  const host = proxies?.hostOf(request) ?? request.headers.host
  if (host === undefined || !URL.canParse(origin)) return false
  const page = new URL(origin)
  if (page.protocol === 'http:' && proxies?.schemeOf(request) === 'https') return false
  return page.host === withoutDefaultPort(host)
}

/** Options of an {@link OriginPolicy}. */
export interface OriginPolicyOptions {
  /** Browser origins that are allowed besides the server's own host. */
  readonly origins: readonly string[]
  /** Whose forwarded headers are trusted. @defaultValue none */
  readonly proxies?: TrustedProxies | undefined
  readonly clock: Clock
  readonly logger: Logger
}

/** Which browsers an endpoint serves. What it refuses is logged with the flag that would allow it, once a minute each. */
export class OriginPolicy {
  readonly #origins: readonly string[]
  readonly #proxies: TrustedProxies | undefined
  readonly #logger: Logger
  readonly #reported: OncePerMinute

  constructor({ origins, proxies, clock, logger }: OriginPolicyOptions) {
    this.#origins = origins
    this.#proxies = proxies
    this.#logger = logger
    this.#reported = new OncePerMinute(clock)
  }

  /** @throws HoldfastError `server/forbidden` where the origin is neither the server's own nor an allowed one */
  demand(request: IncomingMessage): void {
    if (isAllowedOrigin(request, this.#origins, this.#proxies)) return
    const origin = (request.headers.origin ?? '').slice(0, MAX_SHOWN)
    this.#warn('an origin was refused', origin, origin)
    const how = isOrigin(origin) ? ` Start the server with --origin ${origin} to allow it.` : ''
    throw new HoldfastError('server/forbidden', `This origin is not allowed.${how}`)
  }

  /**
   * On a loopback address only names of the machine itself and those of allowed origins are served without a credential
   * in the request: any name can be made to point here, and the page under it is then its own origin. Whatever a proxy
   * forwards does not count here: such a page may send the same headers.
   * @throws HoldfastError `server/forbidden` for another name
   */
  demandOwnName(request: IncomingMessage): void {
    const host = withoutDefaultPort(request.headers.host ?? '')
    if (host === '' || !LOOPBACK_ADDRESS.test(request.socket.localAddress ?? '') || this.#isOwnName(host)) return
    const origin = `${request.socket instanceof TLSSocket ? 'https' : 'http'}://${host.slice(0, MAX_SHOWN)}`
    this.#warn('a name that is not of this machine was refused on its loopback address', host, origin)
    const how = isOrigin(origin) ? `, or start the server with --origin ${origin}` : ''
    throw new HoldfastError('server/forbidden', `Dial localhost, send a credential${how}: this name is not served.`)
  }

  #isOwnName(host: string): boolean {
    const name = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host
    if (LOOPBACK_NAME.test(name) || this.#origins.includes('*')) return true
    return this.#origins.some((origin) => URL.canParse(origin) && new URL(origin).host === host)
  }

  #warn(message: string, what: string, origin: string): void {
    if (!this.#reported.isDue(what)) return
    const allow = isOrigin(origin) ? { allow: `--origin ${origin}` } : {}
    this.#logger.warn(message, { origin: what.slice(0, MAX_SHOWN), ...allow })
  }
}

/** Something that can be allowed: no `null`, no file. */
function isOrigin(text: string): boolean {
  return /^https?:\/\/[^\s"']+$/.test(text) && URL.canParse(text)
}

/** A proxy may send the host with the port that its scheme implies. */
function withoutDefaultPort(host: string): string {
  return host.toLowerCase().replace(/:(80|443)$/, '')
}
