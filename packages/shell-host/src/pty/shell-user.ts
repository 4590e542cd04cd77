import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { shellError } from '../errors.ts'

/** Another user, to whom the shells' programs belong. */
export interface ShellUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
  /** Its groups: its own, and those that it is a member of. */
  readonly groups: readonly number[]
  readonly home: string
}

const USERS = '/etc/passwd'
const LOOK_UP_MS = 5_000

/**
 * A user of this system for {@link DefaultPolicyOptions.user}: shells then run with its ids and groups, and what belongs to
 * the server's own user, its environment and data among it, is out of their reach.
 * @throws `shell/host_failed` where this process is not root's, or there is no such user, or it is root
 */
export function shellUser(name: string): ShellUser {
  if (process.getuid?.() !== 0) {
    throw shellError('shell/host_failed', 'Shells can run as another user only where the server runs as root.')
  }
  const [, , uid = '', gid = '', , home = ''] = entryOf(name)?.split(':') ?? []
  const groups = [...new Set([Number(gid), ...groupsOf(name)])]
  const user = { name, uid: Number(uid), gid: Number(gid), groups, home: home === '' ? '/' : home }
  if (uid === '' || !Number.isInteger(user.uid) || !Number.isInteger(user.gid)) {
    throw shellError('shell/host_failed', `There is no user ${JSON.stringify(name)} on this system.`)
  }
  if (user.uid !== 0) return user
  throw shellError('shell/host_failed', `${JSON.stringify(name)} is root: shells would run as the server does.`)
}

/**
 * Gives this process the groups of a user, which a program that changes its ids afterwards keeps: its own, and none of those
 * of root. What root may do does not depend on its groups.
 */
export function takeGroupsOf({ groups }: ShellUser): void {
  process.setgroups?.([...groups])
}

function groupsOf(name: string): readonly number[] {
  const found = /^[a-z_][\w.-]*\$?$/i.test(name) ? answerOf('id', ['-G', name]) : undefined
  return found === undefined ? [] : found.trim().split(' ').map(Number).filter(Number.isInteger)
}

function entryOf(name: string): string | undefined {
  if (!/^[a-z_][\w.-]*\$?$/i.test(name)) return undefined
  const lines = readFileSync(USERS, 'utf8').split('\n')
  return lines.find((line) => line.startsWith(`${name}:`)) ?? fromDirectory(name)
}

/** Users that a directory service has are not in the file. */
function fromDirectory(name: string): string | undefined {
  const found = answerOf('getent', ['passwd', name])
  return found?.startsWith(`${name}:`) === true ? found.trim() : undefined
}

function answerOf(program: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(program, args, { encoding: 'utf8', timeout: LOOK_UP_MS, stdio: 'pipe' })
  } catch {
    return undefined
  }
}
