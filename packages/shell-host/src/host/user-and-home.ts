import { accessSync, constants, statSync } from 'node:fs'
import { userInfo } from 'node:os'

/** Who runs the shells of this process and where they begin, as far as the system says. */
export interface UserAndHome {
  readonly user: string
  /** Of the user, where it exists; else the nearest folder that does. */
  readonly home: string
  /** What had to be assumed, a sentence each; empty where everything was found. */
  readonly notes: readonly string[]
}

/** What {@link userAndHome} looks at. */
export interface UserAndHomeSource {
  /** @throws where the user has no entry in the system's list */
  readonly account: () => { readonly username: string; readonly homedir: string }
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number
  readonly isFolder: (path: string) => boolean
}

/** Where shells begin without a home: a folder that others may write would have their start-up files run. */
const NO_HOME = '/'

/**
 * The user and the home folder of this process. Neither is taken for granted: containers run under ids without an entry in
 * the system's list of users, and service accounts have a home that was never made.
 */
export function userAndHome(source: Partial<UserAndHomeSource> = {}): UserAndHome {
  const { account, env, uid, isFolder } = { ...thisProcess(), ...source }
  const notes: string[] = []
  const known = accountOf(account)
  const user = known?.username ?? env['USER'] ?? String(uid)
  if (known === undefined) notes.push(`User id ${uid} has no entry in the list of users: its shells run as "${user}".`)
  const wanted = known?.homedir ?? env['HOME']
  const home = [wanted, env['HOME']].find((path) => path !== undefined && path !== '' && isFolder(path)) ?? NO_HOME
  if (home !== wanted)
    notes.push(`There is no home folder${wanted === undefined ? '' : ` ${wanted}`}: shells begin in ${home}.`)
  return { user, home, notes }
}

function thisProcess(): UserAndHomeSource {
  return { account: userInfo, env: process.env, uid: process.getuid?.() ?? 0, isFolder: canBeEntered }
}

function accountOf(account: UserAndHomeSource['account']): ReturnType<UserAndHomeSource['account']> | undefined {
  try {
    return account()
  } catch {
    return undefined
  }
}

function canBeEntered(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
