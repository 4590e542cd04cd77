import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The processes that outlive a gateway, by their folders in that of its data. */
export type HostFolder = 'shell-host' | 'agent-host'

/** What a gateway's shell host says of itself in the data folder. */
export interface HostRecord {
  readonly pid: number
  readonly secret: string
}

/** Where the shell host of a data folder says where it is. */
export const hostFile = (data: string, folder: HostFolder = 'shell-host'): string => join(data, folder, 'host.json')

export function hostRecord(data: string, folder?: HostFolder): HostRecord | undefined {
  const file = hostFile(data, folder)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

/** Whatever a test did: no such host of its data folder continues. Resolves when it has ended, with all that it has. */
export async function endShellHost(data: string, folder?: HostFolder): Promise<void> {
  const pid = hostRecord(data, folder)?.pid
  if (pid === undefined || !isAlive(pid)) return
  process.kill(pid, 'SIGTERM')
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ')
  } catch {
    return false
  }
}
