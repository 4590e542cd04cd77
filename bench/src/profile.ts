import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** What is used of a `.cpuprofile`. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const MOST = 10

/** Prints the ten hottest functions of each profile in a folder, by the time in them alone, and removes the profiles. */
export function printHottest(folder: string): void {
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.cpuprofile'))) {
    const path = join(folder, name)
    print(name, JSON.parse(readFileSync(path, 'utf8')))
    rmSync(path)
  }
}

function print(name: string, { nodes, samples, timeDeltas }: Profile): void {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const times = new Map<string, number>()
  let all = 0
  for (const [at, id] of samples.entries()) {
    const what = names.get(id) ?? ''
    // Waiting is no work.
    if (what.startsWith('(idle)') || what.startsWith('(program)')) continue
    const spent = timeDeltas[at] ?? 0
    all += spent
    times.set(what, (times.get(what) ?? 0) + spent)
  }
  process.stdout.write(`  ${name}: ${(all / 1e6).toFixed(1)} s\n`)
  const hottest = [...times].sort(([, a], [, b]) => b - a).slice(0, MOST)
  for (const [what, spent] of hottest)
    process.stdout.write(`    ${((100 * spent) / all).toFixed(1).padStart(5)} %  ${what}\n`)
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const file = url.split('/').slice(-1)[0] ?? ''
  return `${functionName || '(anonymous)'} ${file === '' ? '' : `${file}:${lineNumber + 1}`}`.trim()
}
