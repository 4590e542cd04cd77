import { closeSync, openSync } from 'node:fs'

/** What a gateway opens before it serves anybody, with some to spare. */
const LEAST_DESCRIPTORS = 200
const BAD_SURROUNDINGS = 2

// First of all, and what follows not statically: without files nothing can be loaded, or it is not served for long.
if (countDescriptors() < LEAST_DESCRIPTORS) {
  process.stderr.write(`A gateway needs more open files than this process may have. Raise the limit: ulimit -n 4096\n`)
  process.exit(BAD_SURROUNDINGS)
}
const { runCommandLine } = await import('./command-line.ts')
const code = await runCommandLine()
if (code !== 0 || !process.argv.some((word) => word === '--help' || word === '-h')) process.exit(code)

/** How many more files can be opened, as far as it matters. */
function countDescriptors(): number {
  const opened: number[] = []
  try {
    while (opened.length < LEAST_DESCRIPTORS) opened.push(openSync('/', 'r'))
  } catch {
    // So many there are.
  }
  for (const descriptor of opened) closeSync(descriptor)
  return opened.length
}
