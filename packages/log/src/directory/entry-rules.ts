import type { DirectoryLimits } from './directory.ts'
import { ClusterError } from './errors.ts'

/** An entry's value as every implementation writes it. @throws `cluster/bad_entry` */
export function entryText(key: string, value: unknown, limits: DirectoryLimits): string {
  if (key === '' || key.length > limits.maxKeyLength) {
    throw new ClusterError('cluster/bad_entry', `key: expected 1 to ${limits.maxKeyLength} characters`)
  }
  const text: string | undefined = JSON.stringify(value)
  if (text === undefined || text.length > limits.maxValueLength) {
    throw new ClusterError('cluster/bad_entry', `value: expected JSON of at most ${limits.maxValueLength} characters`)
  }
  return text
}

/** @throws `cluster/full` */
export function checkRoom(count: number, limits: DirectoryLimits): void {
  if (count < limits.maxEntries) return
  throw new ClusterError('cluster/full', `This node has ${limits.maxEntries} entries in the directory already.`)
}
