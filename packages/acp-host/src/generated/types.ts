// Made from ../../schemas by packages/protocol/generate: change the schemas, and make it anew.
import type { Fields } from '@holdfast/contract/shape'

/** Who wanted something. */
export interface AcpAuthor {
  readonly principal: string
  /** The client object, where it keeps its name over connections. */
  readonly client?: string | undefined
}

/** A record of an agent in the log of a session, in addition to the hub's records. */
export type AcpRecord =
  /** A session of an agent begins. */
  | {
      readonly t: 'acp.opened'
      /** Its name in the configuration. */
      readonly agent: string
      readonly cwd: string
      /** Of the request that opened the session, without what is above. */
      readonly params: Fields
      /** The session of the agent that is loaded; absent: it makes one. */
      readonly session?: string | undefined
      readonly by: AcpAuthor
    }
  /** A message of the agent. */
  | {
      readonly t: 'acp.in'
      /** Identifies one run of the program. */
      readonly p: string
      /** Offset in its stdout behind the line: what is up to here is in the log. */
      readonly o: number
      /** As received. */
      readonly m: Fields
    }
  /** A message to the agent. It is written exactly once, even if a gateway or the agent's host ends. */
  | {
      readonly t: 'acp.out'
      /** Identifies one run of the program. */
      readonly p: string
      /** Without `jsonrpc`; a request without its id, which is made of the session and this number. */
      readonly m: Fields
      readonly why: 'open' | 'prompt' | 'cancel' | 'set' | 'ask' | 'answer' | 'told'
      /** The prompt that it carries. */
      readonly prompt?: number | undefined
      readonly by?: AcpAuthor | undefined
    }
  /** A prompt, which waits for its turn. */
  | {
      readonly t: 'acp.prompt'
      /** Content blocks. */
      readonly prompt: readonly Fields[]
      readonly meta?: Fields | undefined
      readonly by: AcpAuthor
      /** The request of the hub that contained it. */
      readonly asked?: {
        readonly wireId: string
        readonly asker: string
        readonly id: string
      } | undefined
    }
  /** A prompt that will have no turn. */
  | {
      readonly t: 'acp.removed'
      readonly prompt: number
      readonly why: string
      readonly by?: AcpAuthor | undefined
    }
  /** A request of the agent has its answer. The first one counts. */
  | {
      readonly t: 'acp.answered'
      readonly question: number
      /** `result` or `error`, as the agent gets it. */
      readonly answer: Fields
      /** Absent: no client answered. */
      readonly by?: AcpAuthor | undefined
      readonly why?: string | undefined
    }
  /** The program has ended, or has no memory of the session any more. */
  | {
      readonly t: 'acp.over'
      /** Identifies one run of the program. */
      readonly p: string
      /** For people. */
      readonly why: string
    }
  /** Notices for people, beside the conversation. */
  | {
      readonly t: 'acp.notice'
      readonly text: string
    }
  /** The session was closed; a prompt opens it again. */
  | {
      readonly t: 'acp.closed'
      readonly by?: AcpAuthor | undefined
    }
  /** A part of a record that is too large for one event: JSON, to be joined. They follow each other. */
  | {
      readonly t: 'acp.part'
      readonly at: number
      readonly of: number
      readonly text: string
    }

/** The state that is stored beside a program for the next server. */
export interface AcpProgramNote {
  /** The answer to `initialize`. */
  readonly initialized?: Fields | undefined
  /** Sessions that the program has. */
  readonly sessions: readonly string[]
}
