import type { AttemptContext, Credentials, Target } from '@holdfast/core'
import { hubBootstrapFrame, hubEventStreamUrl, hubWebSocketUrl } from '@holdfast/protocol/hub'
import type { HubOutgoing } from './handshake.ts'
import { ask, HUB_DEFAULTS, type HubCommonOptions, type HubObserverOptions, type HubOptions } from './options.ts'

/** What changes from dial to dial. */
export interface DialState {
  readonly sessionId: string | undefined
  readonly patterns: readonly string[]
  readonly after: string | undefined
  readonly instance: string
  /** Nothing that was sent under numbers is unsettled. */
  readonly isFresh: boolean
}

/** Asks for the key and puts it where the options say: frame, header, or URL (hub §2, §9.6). */
export class KeyHolder {
  readonly #options: HubCommonOptions
  readonly #place: 'frame' | 'header' | 'url'
  /** The key of the newest attempt. */
  #key = ''

  constructor(options: HubCommonOptions, place: 'frame' | 'header' | 'url') {
    this.#options = options
    this.#place = place
  }

  get key(): string {
    return this.#key
  }

  /** For the URL, which is made right after. */
  get inUrl(): string | undefined {
    return this.#place === 'url' ? this.#key : undefined
  }

  async credentials(context: AttemptContext): Promise<Credentials<HubOutgoing>> {
    const { token, orgId } = this.#options
    const key = await ask(token, context)
    const place = this.#place
    this.#key = key
    return {
      headers: place === 'header' && key !== '' ? { authorization: `Bearer ${key}` } : {},
      firstFrame: hubBootstrapFrame({ authorization: place === 'frame' ? key : undefined, orgId }),
    }
  }
}

/** The WebSocket's URL for this dial (hub §1). */
export async function socketTarget(
  options: HubOptions,
  context: AttemptContext,
  state: DialState,
  { key, inUrl: apiKey }: KeyHolder,
): Promise<Target> {
  const { role = HUB_DEFAULTS.role, origin = HUB_DEFAULTS.origin, resume = true, parentSessionId } = options
  const { pagedHydration: paged } = options
  const { agent, task, label, orgId, userId } = options
  const { driverMode, driverInstanceId, driverVersion, coordJobId, coordRole } = options
  const base = await ask(options.url, context)
  return {
    url: hubWebSocketUrl(base, {
      ...{ role, origin, agent, parent: parentSessionId, task, label, orgId, userId, resume, apiKey },
      ...{ driverMode, driverInstanceId, driverVersion, coordJobId, coordRole },
      sessionId: state.sessionId,
      subscribe: state.patterns,
      after: resume ? state.after : undefined,
      paged: resume && paged,
      ...(resume ? { v: 2, instance: state.instance, fresh: state.isFresh } : {}),
      // A hub that wants one refuses at once instead of waiting for a first frame.
      auth: key === '' ? 'none' : undefined,
    }),
  }
}

/** The event stream's URL and headers for this dial (hub §6). */
export async function streamTarget(
  options: HubObserverOptions,
  context: AttemptContext,
  state: { readonly lastEventId: string | undefined; readonly earlier: number | undefined },
  apiKey: string | undefined,
): Promise<Target> {
  const { sessionId, subscribe, orgId, resume = true } = options
  const { lastEventId, earlier } = state
  const pages = resume && options.pagedHydration ? { paged: true, before: earlier } : {}
  const base = await ask(options.url, context)
  return {
    url: hubEventStreamUrl(base, sessionId, { subscribe, orgId, resume, apiKey, ...pages }),
    headers: lastEventId === undefined || lastEventId === '' ? {} : { 'last-event-id': lastEventId },
  }
}
