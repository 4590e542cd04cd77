import type { ShellTarget } from '@holdfast/protocol/shell'

/** Who writes to a shell, and who only watches. */
export type Role = 'writer' | 'observer'

/** Which of the program's streams a client wants. */
export interface Streams {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
}

/** What decides over the role of a client: what it asks for, and what its principal may. */
export interface RoleRequest {
  readonly target: Pick<ShellTarget, 'observe' | 'onConflict'>
  readonly permissions: { readonly write: boolean; readonly takeover: boolean }
}

/**
 * Who may write to a shell that several clients share, when a client attaches (shell §6); one that watches may take it over
 * later (`handle-frame.ts`). There is one writer at most: where another client has the
 * shell, the one that comes takes it over, watches, or is refused, as it asked. `hasOtherWriter`: a client under another lease
 * writes now.
 */
export function roleOf({ target, permissions }: RoleRequest, hasOtherWriter: boolean): Role | 'conflict' {
  const { observe, onConflict = 'takeover' } = target
  if (observe === true || !permissions.write) return 'observer'
  if (!hasOtherWriter) return 'writer'
  if (onConflict === 'fail') return 'conflict'
  return onConflict === 'takeover' && permissions.takeover ? 'writer' : 'observer'
}
