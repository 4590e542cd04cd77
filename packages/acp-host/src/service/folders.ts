import { realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { acpError } from '../errors.ts'

/**
 * The folder that a client wants an agent to work in: the first that is allowed where it names none; a relative one is below that.
 * Symbolic links are followed before it is compared, so that no path leads out.
 * @throws `acp/forbidden` outside what is allowed, `acp/not_found` where there is no such folder
 */
export async function workingFolder(asked: unknown, allowed: readonly string[]): Promise<string> {
  const [first = '/'] = allowed
  if (asked !== undefined && asked !== null && typeof asked !== 'string') {
    throw acpError('acp/not_found', 'cwd: expected the path of a folder')
  }
  const wanted =
    typeof asked !== 'string' || asked === '' ? first : isAbsolute(asked) ? resolve(asked) : join(first, asked)
  const found = await realpath(wanted).catch(() => undefined)
  const roots = await Promise.all(allowed.map((root) => realpath(root).catch(() => undefined)))
  const isAllowed = (path: string): boolean => roots.some((root) => root !== undefined && isBelow(root, path))
  // Whether a forbidden folder exists is not revealed.
  if (!isAllowed(found ?? wanted)) {
    throw acpError('acp/forbidden', `cwd: ${wanted} is in no folder that the operator allows (${allowed.join(', ')})`)
  }
  if (found === undefined || !(await stat(found)).isDirectory()) {
    throw acpError('acp/not_found', `cwd: there is no folder ${wanted} on the machine of the agent`)
  }
  return found
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path)
  return way === '' || (!way.startsWith('..') && !isAbsolute(way))
}
