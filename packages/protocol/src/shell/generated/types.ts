// Made from ../schemas by packages/protocol/generate: change the schemas, and make it anew.
import type { Fields } from '@holdfast/contract/shape'

/** A signal for the foreground program. */
export type ShellSignal = 'SIGHUP' | 'SIGINT' | 'SIGQUIT' | 'SIGTERM' | 'SIGKILL' | 'SIGUSR1' | 'SIGUSR2' | 'SIGTSTP' | 'SIGCONT'

/** client → server on CTRL. Shell §5. */
export type ClientControl =
  /** Comes first, and switches the extension on for this connection. */
  | {
      readonly type: 'hello'
      /** The opaque id of one writing client. It identifies, it authorises nothing. */
      readonly lease: string
      /** The offset at which the client's unacknowledged input begins. */
      readonly in: number
      /** The opaque id of one writing client. It identifies, it authorises nothing. */
      readonly instance?: string | undefined
    }
  /** Become the writer. */
  | {
      readonly type: 'takeover'
    }
  /** Leave at once; the shell lives on. */
  | {
      readonly type: 'detach'
    }
  /** To the program in the foreground, past everything that waits on STDIN. */
  | {
      readonly type: 'signal'
      readonly name: ShellSignal
    }
  /** Attach again on this connection, from the beginning of the ring: a confirmation and the replay follow. */
  | {
      readonly type: 'snapshot'
    }

/** server → client on CTRL, only after `hello`. Shell §5. */
export type ServerControl =
  /** STDOUT continues at `to`; the bytes from `from` are lost. */
  | {
      readonly type: 'gap'
      readonly from: number
      readonly to: number
    }
  /** The size of the terminal was changed. */
  | {
      readonly type: 'resized'
      readonly size: TerminalSize
    }
  /** STDOUT continues at `at`. So many bytes on SCREEN come first: they paint what the terminal shows there. */
  | {
      readonly type: 'screen'
      readonly at: number
      readonly bytes: number
      readonly size: TerminalSize
    }
  /** This connection's role from now on. */
  | {
      readonly type: 'role'
      readonly role: 'writer' | 'observer'
    }
  /** How and when (ms since 1970) the program ended; `code` as in STATUS. */
  | {
      readonly type: 'exit'
      readonly code: number | null
      readonly signal: string | null
      readonly at: number
    }
  /** Something went wrong. */
  | {
      readonly type: 'error'
      readonly code: string
      readonly message: string
    }

/** The rights for a shell, in addition to observing. */
export type ShellPermission = 'write' | 'takeover' | 'kill'

/** A shell that the principal may see. */
export interface ShellListing {
  readonly shellId: string
  readonly sessionId: string
  /** The program and its arguments, cut after 200 characters; empty where it is not known. */
  readonly program: string
  /** Given by a person: at creation, or later with PATCH. 1 to 100 visible characters. */
  readonly name?: string | undefined
  /** The title that the program gave to its terminal (OSC 0, OSC 2): cut after 200 visible characters. */
  readonly title?: string | undefined
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly running: boolean
  /** Absent while it runs; `null` if it is not known. */
  readonly exitCode?: number | null | undefined
  /** It has a writer. */
  readonly hasWriter: boolean
  /** Its clients, the writer among them. */
  readonly attached: number
  /** Everything that it has printed. */
  readonly outputBytes: number
  /** The id of the recording that is made of it. Absent where none is. */
  readonly recording?: string | undefined
  readonly may: readonly ShellPermission[]
}

/** The answer to `GET /shells` without a `shellId`: an addition to the protocol. */
export interface ShellList {
  /** The newest first. */
  readonly shells: readonly ShellListing[]
  /** Servers of a cluster that did not answer: their shells are missing here. Absent where all did. */
  readonly unreachable?: number | undefined
  /** There are more shells than the answer has room for. Absent where there are not. */
  readonly more?: boolean | undefined
  /** Why a new shell of this client would be refused for want of room, in a sentence. Absent where there is room. */
  readonly full?: string | undefined
}

/** A recording of a shell that the principal may see. */
export interface RecordingListing {
  /** Of this recording alone. */
  readonly id: string
  readonly shellId: string
  readonly sessionId: string
  /** The title of the shell when the recording began. */
  readonly name?: string | undefined
  readonly program: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Absent while it is being recorded, and if it is not known. */
  readonly endedAt?: number | undefined
  /** Exit code of the program; `null` if it is not known. */
  readonly exitCode?: number | null | undefined
  /** It contains the input, too. */
  readonly input: boolean
  /** As a file. */
  readonly bytes: number
  readonly may: readonly 'delete'[]
}

/** The answer to `GET /recordings`: an addition to the protocol. */
export interface RecordingList {
  /** The newest first. */
  readonly recordings: readonly RecordingListing[]
  /** There are more than the answer has room for. Absent where there are not. */
  readonly more?: boolean | undefined
}

/** The size of a terminal in character cells, each from 1 to 65535. Shell §1. */
export interface TerminalSize {
  readonly width: number
  readonly height: number
}

/** Whose window decides the size of the terminal: the writer's, or the smallest of all that are attached. */
export type TerminalSizing = 'writer' | 'smallest'

/** The server's announcement in every confirmation that it supports the resume extension. Shell §5. */
export interface ResumeOffer {
  readonly v: 1
  /** Random per shell process. Another epoch under the same id is another shell. */
  readonly epoch: string
  readonly role: 'writer' | 'observer'
  /** Absolute offset of the first STDOUT byte that follows. */
  readonly out: number
  /** Offset at which the replay ends and live output begins. Bytes below it may have been shown before. */
  readonly live: number
  /** Stdin bytes of this lease that the server has accepted. */
  readonly in: number
  /** The id of this writing client. Give it again on reconnect. */
  readonly lease: string
  /** How many bytes the client may leave unconsumed before the program is paused. */
  readonly window: number
  /** Largest message, the channel byte included. */
  readonly maxFrame: number
  /** How many bytes of output the server keeps. */
  readonly ring: number
  readonly size: TerminalSize
  readonly sizing?: TerminalSizing | undefined
  /** The output was stopped with Ctrl+S, as far as the server can see. */
  readonly stopped?: boolean | undefined
  /** So many bytes on SCREEN come first. They paint what the terminal shows after the STDOUT byte before `out`. */
  readonly screen?: {
    readonly bytes: number
  } | undefined
  /** For how long the server keeps a detached or ended shell. */
  readonly retainMs: number
}

/** The required members of a STATUS. Other members with a wrong type count as absent. Shell §3. */
export interface ShellStatusFrame {
  readonly metadata?: Fields | null | undefined
  readonly status: 'Success' | 'Failure'
  readonly reason?: unknown
  readonly message?: unknown
  readonly details?: {
    readonly causes?: readonly Fields[] | null | undefined
  } | null | undefined
}
