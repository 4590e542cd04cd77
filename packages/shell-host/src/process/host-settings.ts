import type { PodCommands } from '../kubernetes/pods.ts'
import type { RecordingOptions } from '../recording/recording-options.ts'

/** What a gateway sends the process for shells, at each attach. */
export interface HostSettings {
  /** The shell of new shells. */
  readonly shell: string
  /** Its arguments. @defaultValue none */
  readonly shellArgs?: readonly string[] | undefined
  /** The user as whom new shells run, see `shellUser()`. @defaultValue that of the host */
  readonly user?: string | undefined
  /** Names of pods mean something, see `ShellHostOptions`. @defaultValue they do not */
  readonly pods?: PodCommands | undefined
  /** Which shells are recorded, and in which folder. @defaultValue none */
  readonly recording?: Pick<RecordingOptions, 'folder' | 'which'> | undefined
}

/** The settings as a query. A host of before knows the shell and the user alone. */
export function settingsQuery({ shell, shellArgs = [], user, pods, recording }: HostSettings): URLSearchParams {
  const query = new URLSearchParams({ shell })
  for (const one of shellArgs) query.append('arg', one)
  if (user !== undefined) query.set('user', user)
  if (pods !== undefined) query.set('pods', JSON.stringify(pods))
  if (recording !== undefined) {
    query.set('recordings', recording.folder)
    query.set('record', recording.which)
  }
  return query
}

/** The settings in a query; `undefined` without a shell. Throws where they cannot be read. */
export function settingsIn(query: URLSearchParams): HostSettings | undefined {
  const shell = query.get('shell') ?? undefined
  if (shell === undefined) return undefined
  const pods = query.get('pods')
  const folder = query.get('recordings')
  return {
    ...{ shell, shellArgs: query.getAll('arg'), user: query.get('user') ?? undefined },
    pods: pods === null ? undefined : podsIn(JSON.parse(pods)),
    recording: folder === null ? undefined : { folder, which: query.get('record') === 'all' ? 'all' : 'asked' },
  }
}

function podsIn(value: unknown): PodCommands {
  return Object.fromEntries(
    Object.entries(Object(value)).map(([name, words]) => [name, Array.isArray(words) ? words.map(String) : []]),
  )
}
