import { HoldfastError } from '@holdfast/contract'
import { checkClient, clientRows } from '../check-client.ts'
import { checkServer, serverRows } from '../check-server.ts'
import { probeProgram, programClient } from '../checking/client-program.ts'
import type { RowResult } from '../checking/rows.ts'
import { type Arguments, HELP, parseArguments } from './arguments.ts'
import { reportLines } from './report.ts'

/** Where the command writes, and the environment that it reads. */
export interface CommandContext {
  readonly out: (line: string) => void
  readonly err: (line: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Runs `holdfast-conformance`; resolves with the exit code. Never rejects. */
export async function runCommand(argv: readonly string[], context: CommandContext): Promise<number> {
  try {
    return await run(parseArguments(argv, context.env), context)
  } catch (error) {
    context.err(`holdfast-conformance: ${error instanceof Error ? error.message : String(error)}`)
    if (error instanceof HoldfastError) context.err('Try holdfast-conformance --help.')
    return 2
  }
}

async function run(wanted: Arguments, { out }: CommandContext): Promise<number> {
  if (wanted.kind === 'help') {
    out(HELP.trimEnd())
    return 0
  }
  if (wanted.kind === 'list') {
    for (const { id, requires, section } of [...serverRows(wanted.wire), ...clientRows(wanted.wire)]) {
      out(wanted.json ? JSON.stringify({ id, requires, section }) : `${id}  ${requires} (${section})`)
    }
    return 0
  }
  const results = await (wanted.kind === 'server' ? checkServer(wanted) : checkProgram(wanted))
  for (const line of wanted.json ? results.map((result) => JSON.stringify(result)) : reportLines(results)) out(line)
  return results.some(({ outcome }) => outcome === 'failed') ? 1 : 0
}

/** @throws `conformance/unreachable` where there is no such program */
async function checkProgram(wanted: Extract<Arguments, { kind: 'client' }>): Promise<readonly RowResult[]> {
  const [program = '', ...args] = wanted.command
  const start = programClient(program, args)
  await probeProgram(start)
  return checkClient({ ...wanted, start })
}
