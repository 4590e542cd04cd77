// Made from ../../schemas by packages/protocol/generate: change the schemas, and make it anew.
/** Where a shell host answers and what proves to it that a gateway of ours asks. Readable by its owner only. */
export interface HostRecord {
  /** Both sides speak the same version of what is between them, or not at all. */
  readonly protocol: number
  /** Of the program, for people. */
  readonly version: string
  readonly pid: number
  /** Path of its Unix socket. */
  readonly socket: string
  readonly secret: string
}

/** The grant of a relayed principal. */
export interface RelayedGrant {
  readonly by: string
  /** Scopes of the creator; older servers do not send them. */
  readonly byScopes?: readonly string[] | undefined
  /** The creator may do everything. Older servers store only this of its rights. */
  readonly isByAdmin: boolean
  readonly role: string
  readonly session?: string | undefined
  readonly epoch?: string | undefined
  readonly shell?: string | undefined
}

/** The principal for which one server sends a request to another. */
export interface RelayedPrincipal {
  readonly id: string
  readonly scopes: readonly string[]
  /** Milliseconds since 1970. */
  readonly expiresAt?: number | undefined
  readonly grant?: RelayedGrant | undefined
}

/** Numbers of a shell host, for metrics. */
export interface ShellStats {
  readonly running: number
  readonly attached: number
  readonly ringBytes: number
}

/** The description of one shell. */
export interface ShellSummary {
  readonly shellId: string
  readonly sessionId: string
  readonly owner: string
  readonly epoch: string
  readonly pid?: number | undefined
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** The program and its arguments, cut after 200 characters. */
  readonly program: string
  /** Given by a person. */
  readonly name?: string | undefined
  /** Given by the program to its terminal, fit to be shown. */
  readonly title?: string | undefined
  /** The id of the recording that is made of it. */
  readonly recording?: string | undefined
  readonly hasWriter: boolean
  readonly attached: number
  readonly outputBytes: number
  readonly exitCode?: number | null | undefined
}

/** What became of a shell that was to end: the process ids that are left. */
export interface KillAnswer {
  readonly left: readonly number[]
}

/** What became of a shell that was to have a name: false where there is none. */
export interface RenameAnswer {
  readonly renamed: boolean
}

/** Body of `PATCH /shells/{shellId}`. */
export interface ShellChangeBody {
  /** `null` takes it away. */
  readonly name: string | null
}

/** What is known of a recording, in `recording.json` of its folder. Its parts are beside it: `0001.cast` and so on. */
export interface StoredRecording {
  readonly version: 1
  readonly id: string
  readonly shellId: string
  readonly sessionId: string
  /** The principal whose shell it is. */
  readonly owner: string
  readonly name?: string | undefined
  readonly program: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Absent while it is being made, and where its process ended first. */
  readonly endedAt?: number | undefined
  readonly exitCode?: number | null | undefined
  /** It contains the input, too. */
  readonly input: boolean
}
