import type { WebSocketChannel } from '@holdfast/contract'
import type { ShellTarget } from '@holdfast/protocol/shell'
import type { ScreenPicture } from '../screen/screen-model.ts'
import type { Dialect } from './dialects/dialect.ts'
import type { Streams } from './role.ts'

/** What a principal may do with a shell. */
export interface ShellPermissions {
  readonly write: boolean
  readonly observe: boolean
  readonly takeover: boolean
  readonly kill: boolean
}

/** One client's request to attach. */
export interface AttachRequest {
  readonly channel: WebSocketChannel
  readonly dialect: Dialect
  readonly principalId: string
  /** End of the principal's credentials, in milliseconds since 1970. */
  readonly expiresAt?: number | undefined
  readonly permissions: ShellPermissions
  readonly target: Pick<
    ShellTarget,
    'observe' | 'onConflict' | 'lease' | 'instance' | 'epoch' | 'received' | 'screen' | 'size'
  >
  readonly streams: Streams
  /** The shell existed before this request. */
  readonly reconnected: boolean
  /** What the terminal shows, where it was asked for: see `Shell.pictureFor()`. */
  readonly picture?: ScreenPicture | undefined
}
