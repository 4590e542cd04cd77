import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'

/** Fields of /proc/PID/stat behind the program's name, which may hold anything (proc(5)). */
const ENV_START = 47
const ENV_END = 48

/**
 * Takes secrets out of what the system shows of this process: programs of the same user, a shell of this gateway among them,
 * read the environment that a process was started with, and everybody reads its command line. To be called once both were
 * read. Only Linux shows where they are: elsewhere nothing is hidden.
 * @returns whether the environment could be cleared
 */
export function hideSecrets(names: readonly string[], title: string | undefined): boolean {
  const given = names.filter((name) => process.env[name] !== undefined && process.env[name] !== '')
  // The title is written over the command line.
  if (title !== undefined) process.title = title
  if (given.length === 0) return true
  const isCleared = clearStart(new Set(given))
  for (const name of given) delete process.env[name]
  return isCleared
}

/** Overwrites the values of these variables where the process was given them. */
function clearStart(names: ReadonlySet<string>): boolean {
  try {
    const given = readFileSync('/proc/self/environ')
    const stat = readFileSync('/proc/self/stat', 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [start = 0, end = 0] = [fields[ENV_START], fields[ENV_END]].map(Number)
    if (start === 0 || end - start < given.length) return false
    const memory = openSync('/proc/self/mem', 'r+')
    try {
      for (const { at, length } of valuesOf(given, names))
        writeSync(memory, Buffer.alloc(length, 'x'), 0, length, start + at)
    } finally {
      closeSync(memory)
    }
    return valuesOf(readFileSync('/proc/self/environ'), names).every(({ text }) => /^x*$/.test(text))
  } catch {
    return false
  }
}

function valuesOf(
  environment: Buffer,
  names: ReadonlySet<string>,
): { readonly at: number; readonly length: number; readonly text: string }[] {
  const found = []
  for (let from = 0; from < environment.length; ) {
    const zero = environment.indexOf(0, from)
    const to = zero === -1 ? environment.length : zero
    const sign = environment.indexOf('=', from)
    if (sign !== -1 && sign < to && names.has(environment.toString('latin1', from, sign))) {
      found.push({ at: sign + 1, length: to - sign - 1, text: environment.toString('latin1', sign + 1, to) })
    }
    from = to + 1
  }
  return found
}
