// Made from ../../schemas by packages/protocol/generate: change the schemas, and make it anew.
/** A gateway with a stored login. */
export interface Context {
  readonly name: string
  readonly url: string
  /** Absent where the gateway wants none. */
  readonly token?: string | undefined
}

/** The file with the gateways that have a stored login. */
export interface StoredContexts {
  /** The name of the one that is meant where none is named. */
  readonly current?: string | undefined
  /** Each one a context, looked at by itself. */
  readonly contexts?: readonly unknown[] | undefined
}
