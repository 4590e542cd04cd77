import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a gateway's shell host says of itself in the data folder. */
export interface HostRecord {
  readonly pid: number
  readonly secret: string
}

/** Where the shell host of a data folder says where it is. */
export const hostFile = (data: string): string => join(data, 'shell-host', 'host.json')

export function hostRecord(data: string): HostRecord | undefined {
  return existsSync(hostFile(data)) ? JSON.parse(readFileSync(hostFile(data), 'utf8')) : undefined
}

/** Whatever a test did: no shell host of its data folder goes on. Resolves when it has ended, with all its shells. */
export async function endShellHost(data: string): Promise<void> {
  const pid = hostRecord(data)?.pid
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
