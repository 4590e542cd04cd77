import type { Clock, WebSocketChannel, WebSocketFrame } from '@holdfast/contract'
import type { ShellLimits } from '../limits.ts'
import type { RingBuffer } from '../shell/ring-buffer.ts'
import type { Dialect } from './dialects/dialect.ts'
import type { Lease } from './known-writers.ts'
import type { Role, Streams } from './role.ts'

/** What a client reports to its shell. */
export interface ShellClientEvents<Client> {
  frame(client: Client, frame: WebSocketFrame): void
  ended(client: Client): void
  /** Output that it never got is gone, and it takes a picture in its place: see `ShellClient.catchUp`. */
  behind(client: Client): void
  /** Its socket has drained, or it acknowledged something. */
  progressed(client: Client): void
}

/** What a client is made of. */
export interface ShellClientParts<Client> {
  readonly channel: WebSocketChannel
  readonly dialect: Dialect
  readonly streams: Streams
  readonly principalId: string
  /** End of its credentials, in milliseconds since 1970. */
  readonly expiresAt?: number | undefined
  readonly mayTakeOver: boolean
  readonly mayKill: boolean
  readonly lease: Lease
  readonly target: { readonly instance?: string | undefined; readonly screen?: 'frames' | 'none' | undefined }
  readonly role: Role
  readonly ring: RingBuffer
  /** It is known what the terminal shows. */
  readonly hasScreen: () => boolean
  readonly limits: ShellLimits
  readonly clock: Clock
  readonly events: ShellClientEvents<Client>
}
