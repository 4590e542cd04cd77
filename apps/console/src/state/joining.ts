import type { HoldfastError } from '@holdfast/core'
import type { HubOptions } from '@holdfast/hub'
import type { HubParticipant, HubPresenceMessage } from '@holdfast/protocol/hub'
import { browserWakeSignals } from '@holdfast/transport-browser'

/** How long an answer may take: a person is away from the keyboard while the network is away. */
export const ANSWER_MS = 300_000

/** How a person takes part. */
export type Role = 'controller' | 'observer'

/** What is needed to join. */
export interface SessionParts {
  readonly url: string
  readonly token: string
  readonly sessionId: string
  readonly role: Role
  /** A coding agent leads it. */
  readonly isAgent?: boolean | undefined
  /** Shown where the token may not have this role. */
  readonly onForbidden?: (() => void) | undefined
  /** In a demonstration links break often: come back at once, and count. */
  readonly isDemo: boolean
}

/** Faster than is right for a network that is not broken on purpose. */
const IMPATIENT: Partial<HubOptions> = {
  liveness: { intervalMs: 1_000, timeoutMs: 3_000 },
  retry: {
    baseMs: 250,
    firstMs: 400,
    capMs: 2_000,
    limits: [{ max: 120, perMs: 60_000 }],
    flapLimits: [],
  },
}

/** As what, and how patiently, this page joins a session. */
export function joining({ url, token, sessionId, role, isDemo }: SessionParts): Omit<HubOptions, 'transport'> {
  return {
    url,
    token,
    sessionId,
    role,
    origin: 'web',
    pagedHydration: true,
    signals: browserWakeSignals(),
    ...(isDemo ? IMPATIENT : {}),
  }
}

/** Why a session does not go on, in the gateway's own words where it said some. */
export function finalWords({ message, details }: HoldfastError): string {
  const said = [details['closeReason'], details['serverMessage']].find((one) => typeof one === 'string' && one !== '')
  return typeof said === 'string' ? said : message
}

/** Whether joining failed because the token may not have this role. */
export function isForbidden(error: unknown): boolean {
  const { details }: { readonly details?: unknown } = Object(error)
  const { status, closeCode }: { readonly status?: unknown; readonly closeCode?: unknown } = Object(details)
  return status === 403 || closeCode === 4403
}

/** Who is in a session after a change. */
export function peopleAfter(
  before: readonly HubParticipant[],
  { event, participant, participants = before }: HubPresenceMessage,
): readonly HubParticipant[] {
  if (participant === undefined) return participants
  const others = participants.filter(({ id }) => id !== participant.id)
  return event === 'session_leave' ? others : [...others, participant].sort(byArrival)
}

function byArrival(one: HubParticipant, other: HubParticipant): number {
  return one.connectedAt - other.connectedAt
}
