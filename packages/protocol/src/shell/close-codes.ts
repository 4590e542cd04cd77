/** What a close code or an HTTP status means for a client (shell §3). */
export interface CloseMeaning {
  readonly meaning: string
  /** `stop`: the session has ended. `retry`: dial again. `retry-once`: terminal when it repeats. */
  readonly decision: 'stop' | 'retry' | 'retry-once'
}

/** The close codes that the server sends, by name. */
export const SHELL_CLOSE = {
  normal: 1000,
  goingAway: 1001,
  textRefused: 1003,
  tooLarge: 1009,
  internalError: 1011,
  restart: 1012,
  kicked: 4000,
  forbidden: 4003,
  noSuchShell: 4004,
  tooSlow: 4008,
  expired: 4010,
  credentialsEnded: 4401,
} as const

/** Every close code that the protocol defines. */
export const SHELL_CLOSE_CODES: Readonly<Record<number, CloseMeaning>> = {
  1000: { meaning: 'the shell has ended', decision: 'stop' },
  1001: { meaning: 'the server is going away', decision: 'retry' },
  1003: { meaning: 'text messages are refused', decision: 'stop' },
  1009: { meaning: 'a message was too large', decision: 'retry-once' },
  1011: { meaning: 'the server failed', decision: 'retry' },
  1012: { meaning: 'the server restarts', decision: 'retry' },
  4000: { meaning: 'another client took the shell', decision: 'stop' },
  4003: { meaning: 'forbidden', decision: 'stop' },
  4004: { meaning: 'no such shell', decision: 'stop' },
  4008: { meaning: 'the client was too slow', decision: 'stop' },
  4010: { meaning: 'the shell has expired', decision: 'stop' },
  4401: { meaning: 'the credentials have ended', decision: 'retry' },
}

/** HTTP statuses of the upgrade. 401 is retried once, with credentials requested again. */
export const SHELL_HTTP_STATUSES: Readonly<Record<number, CloseMeaning>> = {
  400: { meaning: 'the request is malformed', decision: 'stop' },
  401: { meaning: 'the credentials are missing or wrong', decision: 'retry-once' },
  403: { meaning: 'forbidden', decision: 'stop' },
  404: { meaning: 'no such shell', decision: 'stop' },
  409: { meaning: 'another client writes to the shell', decision: 'stop' },
  410: { meaning: 'the shell has expired', decision: 'stop' },
  429: { meaning: 'too many requests', decision: 'retry' },
  503: { meaning: 'the server is full or draining', decision: 'retry' },
}

/** The meaning of a close; other codes, and links that broke without a code, are retried. */
export function shellCloseMeaning(code: number | undefined): CloseMeaning {
  const known = code === undefined ? undefined : SHELL_CLOSE_CODES[code]
  return known ?? { meaning: code === undefined ? 'the connection was lost' : `close code ${code}`, decision: 'retry' }
}
