/** Every bound of the shell host. Each can be raised by asking for it; none is infinite by default. */
export interface ShellLimits {
  /** Output kept for each shell, in bytes. */
  readonly ringBytes: number
  /** Rings of all shells and tombstones together. */
  readonly totalRingBytes: number
  /** Running shells in this process. */
  readonly maxShells: number
  /** Running shells of one principal: one that opens many leaves room for others. */
  readonly maxShellsPerPrincipal: number
  /** Ended shells whose output and exit are kept; the oldest goes first. */
  readonly maxTombstones: number
  /** Shells of one principal in one session that have a client; detached ones do not count. */
  readonly maxAttachedPerSession: number
  /** Observers of one shell. */
  readonly maxObservers: number
  /** How long a detached shell, or the tombstone of an ended one, is kept. */
  readonly retainMs: number
  /** Input that waits for a program to read it, for each shell. */
  readonly inputQueueBytes: number
  /** A program is held back when a client of the resume extension leaves more than this unconsumed … */
  readonly windowBytes: number
  /** … and continues below this. */
  readonly resumeWindowBytes: number
  /** A program is held back when a published client's socket holds more than this … */
  readonly socketHighBytes: number
  /** … and continues below this. */
  readonly socketLowBytes: number
  /** A program is held back when its screen, which the server draws, is further behind than this; below half of it it continues. */
  readonly screenLagBytes: number
  /** An observer that has more than this in its socket is skipped ahead, or closed with 4008. */
  readonly observerBytes: number
  /** How long a program stays held back for a client of the resume extension whose connection dropped. */
  readonly holdForReturnMs: number
  /** How long an ended shell's connection waits for the client to have read everything. */
  readonly lingerMs: number
  /** Pings, and how long their answer may take. */
  readonly pingIntervalMs: number
  readonly pongTimeoutMs: number
  /** Time for authentication, authorisation and policy. */
  readonly handshakeTimeoutMs: number
  /** Upgrades of one principal: so many at once, and one more every `upgradeEveryMs`. */
  readonly upgradeBurst: number
  readonly upgradeEveryMs: number
}

/** The defaults, from shell §3, §5 and §6 where they name one. */
export const SHELL_LIMITS: ShellLimits = {
  ringBytes: 262_144,
  totalRingBytes: 67_108_864,
  maxShells: 100,
  maxShellsPerPrincipal: 50,
  maxTombstones: 1_000,
  maxAttachedPerSession: 10,
  maxObservers: 100,
  retainMs: 900_000,
  inputQueueBytes: 262_144,
  windowBytes: 196_608,
  resumeWindowBytes: 49_152,
  socketHighBytes: 1_048_576,
  socketLowBytes: 262_144,
  screenLagBytes: 4_194_304,
  observerBytes: 1_048_576,
  // Long enough for a changed network, short enough that a build continues while the laptop sleeps.
  holdForReturnMs: 30_000,
  lingerMs: 10_000,
  pingIntervalMs: 30_000,
  pongTimeoutMs: 60_000,
  handshakeTimeoutMs: 10_000,
  // Drops in quick succession must not lock a client out: 60 at once, then five a second.
  upgradeBurst: 60,
  upgradeEveryMs: 200,
}
