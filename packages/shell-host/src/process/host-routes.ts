/** What a gateway asks of a shell host over its Unix socket, beside the shells' own paths. */
export const HOST_ROUTES = {
  /** Answered at once and never ended: both sides see by it that the other one lives. `?shell=` is the login shell. */
  attend: '/host/attend',
  list: '/host/shells',
  stats: '/host/stats',
  /** `?shellId=&sessionId=&epoch=` */
  kill: '/host/kill',
  /** `?shellId=&sessionId=&epoch=&name=`; without a name it has none. */
  rename: '/host/rename',
  /** Ends every shell and the host, unless another gateway attends too. */
  stop: '/host/stop',
} as const

/** Says to a gateway as whom shells run, where it asked for another user. */
export const SHELL_USER_HEADER = 'x-holdfast-shell-user'
