import type { Command } from 'commander'
import { expect, it } from 'vitest'
import { COMMANDS } from './commands.ts'
import { buildProgram } from './program.ts'

/** What `holdfast … --help` prints. */
async function helpOf(...words: readonly string[]): Promise<string> {
  const program = await buildProgram(words)
  let command: Command = program
  for (const word of words) command = command.commands.find((one) => one.name() === word) ?? command
  let text = ''
  command.configureOutput({
    writeOut: (piece) => {
      text += piece
    },
  })
  await program.parseAsync([...words, '--help'], { from: 'user' }).catch(() => {})
  return text
}

it('the help of the whole names every command and what it is for', async () => {
  const text = (await helpOf()).replace(/\s+/g, ' ')
  for (const [name, { description }] of Object.entries(COMMANDS)) expect(text).toContain(`${name} ${description}`)
})

it.each(Object.entries(COMMANDS))('the help of "%s" says what it is for, and has an example', async (name, entry) => {
  const text = (await helpOf(name)).replace(/\s+/g, ' ')
  expect(text).toContain(entry.description)
  expect(text).toMatch(/Examples?: .*holdfast/)
})

it.each([
  [['shell', '--id', 'x'], 'shell'],
  [['help', 'shell'], 'shell'],
  [['--', 'shell'], 'shell'],
])('the help of %j has the options of one command only', async (words, name) => {
  const program = await buildProgram(words)
  const withOptions = program.commands.filter(({ options }) => options.length > 0)
  expect(withOptions.map((command) => command.name())).toEqual([name])
})
