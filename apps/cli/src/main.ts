#!/usr/bin/env node
import { CommanderError } from 'commander'
import { EXIT } from './exit-codes.ts'
import { buildProgram } from './program.ts'
import { toUserError } from './user-error.ts'

async function run(): Promise<number> {
  try {
    const program = await buildProgram(process.argv.slice(2))
    await program.parseAsync()
    return Number(process.exitCode ?? EXIT.ok)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    const { message, exitCode } = toUserError(error)
    if (message !== '') process.stderr.write(`holdfast: ${message}\n`)
    return exitCode
  }
}

process.exit(await run())
