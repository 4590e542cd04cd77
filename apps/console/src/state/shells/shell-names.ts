import type { ShellListing } from '@holdfast/protocol/shell'
import { visibleText } from '@holdfast/protocol/text'

/** What a shell is named by. */
export type Named = Pick<ShellListing, 'shellId' | 'name' | 'title' | 'program'>

/** Of an id, as much as distinguishes two shells. */
const ID_CHARS = 4

/** What a shell is called everywhere: as a person named it, else by its program and what that calls itself. */
export function shellName({ name, title = '', program, shellId }: Named): string {
  if (name !== undefined) return name
  const started = program === '' ? shellId : programName(program)
  return title === '' ? started : `${started} · ${visibleText(title)}`
}

/** The same, with a part of the id where others are called alike. */
export function shellNames(shells: readonly Named[]): ReadonlyMap<string, string> {
  const counts = new Map<string, number>()
  for (const shell of shells) counts.set(shellName(shell), (counts.get(shellName(shell)) ?? 0) + 1)
  return new Map(
    shells.map((shell) => {
      const name = shellName(shell)
      return [shell.shellId, counts.get(name) === 1 ? name : `${name} (${shell.shellId.slice(0, ID_CHARS)})`]
    }),
  )
}

/** A program as people call it: without its folder, and without what only programs read. */
function programName(program: string): string {
  const [first = '', ...rest] = program.split(' ')
  const options = rest.findIndex((word) => word.startsWith('-'))
  const read = options < 0 ? rest : rest.slice(0, options)
  return [first.replace(/^.*\//, ''), ...read].join(' ')
}
