import type { SessionReach } from '@holdfast/log'
import type { AppendRequest } from './append-decision.ts'
import type { OpenStream } from './open-stream.ts'
import type { StreamData, StreamRecord } from './stream-record.ts'

/** Who makes a stream, and what of it is there from the start. */
export interface CreateRequest {
  readonly name: string
  readonly owner: string
  readonly reach: SessionReach
  readonly data: StreamData
  /** Its first content, and whether that is all of it. */
  readonly first: Pick<AppendRequest, 'bytes' | 'closes'>
}

/** A stream that was found, and why it is not served where it is not. */
export type Found = { readonly stream: OpenStream } | { readonly deleted: StreamRecord } | undefined
