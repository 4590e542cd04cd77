/** Every exit code of `holdfast`. `shell` and `lead` pass on the code of their program. */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** Wrong usage, or a bad configuration. */
  usage: 2,
  /** `serve`, `acp`: another process has the port, or the data folder. */
  portTaken: 3,
  /** The server refused the token, or the token may not do this. */
  refused: 4,
  /** There is no such session, shell or task. */
  notFound: 5,
  /** The session is there, and no lead came to it in time. */
  noLead: 6,
  /** Nothing answers at the gateway's address, or not in time. */
  unreachable: 7,
  /** The gateway takes no more just now, or is stopping. */
  full: 8,
  /** Its certificate is not trusted, or it does not speak TLS. */
  untrusted: 9,
  /** Something answers at the address, and it is no gateway. */
  notGateway: 10,
  /** The session has another lead, or the shell another writer. */
  taken: 11,
  /** `shell`: the command is there and cannot be run, as shells have it. */
  notRun: 126,
  /** The command is not there, as shells have it. */
  notStarted: 127,
  interrupted: 130,
  /** `shell`: no program's exit code is known, because the connection that was there was lost or taken over. */
  lost: 255,
} as const

/** The table of exit codes for `--help`. */
export const EXIT_HELP = `Exit codes:
  0    done, or detached on purpose
  1    failed
  2    wrong usage or configuration
  3    serve, acp: the port, or the data folder, is taken
  4    no token, one that was refused, or one that may not do this
  5    no such session, shell or task
  6    control, agent: no lead is in the session, or no agent
  7    nothing answers at the address of the gateway, or not in time
  8    the gateway takes no more just now; try again in a while
  9    its certificate is not trusted, or it does not speak TLS
  10   something answers at the address, and it is no gateway
  11   the session has another lead, or the shell another writer
  126  shell: the command cannot be run
  127  shell, lead, track: the command is not there
  130  interrupted by Ctrl+C; agent: the turn was cancelled
  255  shell: the connection was lost for good, or taken by another client
  shell and lead pass on the exit code of their program.`
