import { allAllow, type GrantedAccess, type Principal } from '@holdfast/gate/internals'
import type { ShellPermissions } from '../client/attach-request.ts'
import type { Shell } from '../shell/shell.ts'

/** What a principal wants to do with a shell. */
export type ShellAction = 'create' | 'write' | 'observe' | 'takeover' | 'kill'

/** The shell in question; `owner` is absent while it does not exist. */
export interface ShellSubject {
  readonly shellId: string
  readonly sessionId: string | undefined
  readonly owner: string | undefined
}

/**
 * Decides over one action. `false` on `observe` makes a shell invisible. For the holder of a grant its maker is asked about
 * too, each time.
 */
export type AuthorizeShell = (
  principal: Principal,
  action: ShellAction,
  shell: ShellSubject,
) => boolean | Promise<boolean>

/** Everything to the principal who made the shell, given the scope `shell` or `admin`; nothing to anybody else. */
export const ownerOnly: AuthorizeShell = (principal, action, shell) => {
  if (principal.grant !== undefined) return grants(principal.grant, action, shell)
  return mayUse(principal, shell)
}

function mayUse(principal: Principal, shell: ShellSubject): boolean {
  return (
    (principal.scopes.has('shell') || principal.scopes.has('admin')) &&
    (shell.owner === undefined || shell.owner === principal.id)
  )
}

/** The holder of a grant looks at one shell of the grant's maker, and types where that was granted. */
function grants({ by, shell: shellId, role }: GrantedAccess, action: ShellAction, shell: ShellSubject): boolean {
  if (shellId !== shell.shellId || shell.owner !== by) return false
  return action === 'observe' || (role === 'write' && (action === 'write' || action === 'takeover'))
}

/** All answers at once, so that attaching itself never waits. */
export async function permissionsOf(
  authorize: AuthorizeShell,
  principal: Principal,
  subject: ShellSubject,
): Promise<ShellPermissions & { readonly create: boolean }> {
  const may = (action: ShellAction): Promise<boolean> => allAllow(principal, (one) => authorize(one, action, subject))
  const [create, write, observe, takeover, kill] = await Promise.all([
    may('create'),
    may('write'),
    may('observe'),
    may('takeover'),
    may('kill'),
  ])
  return { create, write, observe, takeover, kill }
}

/** The subject that a shell is, or would be. */
export function subjectOf(shell: Shell | undefined, shellId: string, sessionId: string | undefined): ShellSubject {
  return { shellId, sessionId: shell?.sessionId ?? sessionId, owner: shell?.owner }
}
