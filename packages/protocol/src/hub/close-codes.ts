/** Close codes of hub §5, by name. */
export const HUB_CLOSE = {
  badRequest: 4400,
  authRequired: 4401,
  forbidden: 4403,
  sessionNotFound: 4404,
  unavailable: 4408,
  sessionHasLead: 4409,
  staleDriver: 4410,
  rateLimited: 4429,
  internalError: 4500,
} as const

export type HubCloseName = keyof typeof HUB_CLOSE

/** What a close code means: its name, where hub §5 has one, and whether it ends the session for good. */
export interface HubCloseMeaning {
  readonly name?: HubCloseName | undefined
  /** Never retried: every 4000–4999 except 4408 and 4429. */
  readonly terminal: boolean
}

const MEANINGS: ReadonlyMap<number | undefined, HubCloseMeaning> = new Map([
  [HUB_CLOSE.badRequest, { name: 'badRequest', terminal: true }],
  [HUB_CLOSE.authRequired, { name: 'authRequired', terminal: true }],
  [HUB_CLOSE.forbidden, { name: 'forbidden', terminal: true }],
  [HUB_CLOSE.sessionNotFound, { name: 'sessionNotFound', terminal: true }],
  [HUB_CLOSE.unavailable, { name: 'unavailable', terminal: false }],
  [HUB_CLOSE.sessionHasLead, { name: 'sessionHasLead', terminal: true }],
  [HUB_CLOSE.staleDriver, { name: 'staleDriver', terminal: true }],
  [HUB_CLOSE.rateLimited, { name: 'rateLimited', terminal: false }],
  [HUB_CLOSE.internalError, { name: 'internalError', terminal: true }],
])

/** Looks a close code up in hub §5. Without a code (the link just broke) it is not terminal. */
export function hubCloseMeaning(code: number | undefined): HubCloseMeaning {
  return MEANINGS.get(code) ?? { terminal: code !== undefined && code >= 4000 && code <= 4999 }
}
