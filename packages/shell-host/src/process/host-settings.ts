import type { PodCommands } from '../kubernetes/pods.ts'

/** What a gateway tells the process for shells, each time that it begins to attend it. */
export interface HostSettings {
  /** The shell of new shells. */
  readonly shell: string
  /** Its arguments. @defaultValue none */
  readonly shellArgs?: readonly string[] | undefined
  /** The user as whom new shells run, see `shellUser()`. @defaultValue that of the host */
  readonly user?: string | undefined
  /** Names of pods mean something, see `ShellHostOptions`. @defaultValue they do not */
  readonly pods?: PodCommands | undefined
}

/** The settings as a query. A host of before knows the shell and the user alone. */
export function settingsQuery({ shell, shellArgs = [], user, pods }: HostSettings): URLSearchParams {
  const query = new URLSearchParams({ shell })
  for (const one of shellArgs) query.append('arg', one)
  if (user !== undefined) query.set('user', user)
  if (pods !== undefined) query.set('pods', JSON.stringify(pods))
  return query
}

/** The settings in a query; `undefined` without a shell. Throws where they cannot be read. */
export function settingsIn(query: URLSearchParams): HostSettings | undefined {
  const shell = query.get('shell') ?? undefined
  if (shell === undefined) return undefined
  const pods = query.get('pods')
  return {
    ...{ shell, shellArgs: query.getAll('arg'), user: query.get('user') ?? undefined },
    pods: pods === null ? undefined : podsIn(JSON.parse(pods)),
  }
}

function podsIn(value: unknown): PodCommands {
  return Object.fromEntries(
    Object.entries(Object(value)).map(([name, words]) => [name, Array.isArray(words) ? words.map(String) : []]),
  )
}
