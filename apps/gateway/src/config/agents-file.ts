import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '@holdfast/core'
import { z } from 'zod'
import { GatewayError } from '../errors.ts'

const fileSchema = z.strictObject({
  agents: z.array(
    z.strictObject({
      name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i),
      command: z.array(z.string().min(1)).min(1),
      env: z.record(z.string(), z.string()).optional(),
      folders: z.array(z.string().min(1)).min(1).optional(),
      clientCapabilities: z.record(z.string(), z.unknown()).optional(),
      showsStderr: z.boolean().optional(),
    }),
  ),
})

/** An agent as a file has it. */
export type FiledAgent = z.output<typeof fileSchema>['agents'][number]

/**
 * The agents of a file; of a folder those of every `.json` file in it, and one that cannot be used is logged and passed over.
 * @throws GatewayError `gateway/bad_config` for a file that cannot be used, or where there is nothing
 */
export function agentsIn(path: string, logger: Logger): readonly FiledAgent[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return agentsOfFile(path)
  const files = readdirSync(path).filter((name) => name.endsWith('.json'))
  return files.sort().flatMap((name) => {
    try {
      return agentsOfFile(join(path, name))
    } catch (error) {
      logger.warn('a file of agents is passed over', { why: error instanceof Error ? error.message : String(error) })
      return []
    }
  })
}

function agentsOfFile(file: string): readonly FiledAgent[] {
  let read: unknown
  try {
    read = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw unusable(file, error instanceof SyntaxError ? 'is no JSON' : 'cannot be read')
  }
  const agents = fileSchema.safeParse(read)
  if (agents.success) return agents.data.agents
  const [issue] = agents.error.issues
  throw unusable(file, `does not fit at ${issue?.path.join('.') || 'its top'}: ${issue?.message ?? ''}`)
}

function unusable(file: string, why: string): GatewayError {
  return new GatewayError('gateway/bad_config', `--agents-file (HOLDFAST_AGENTS_FILE): ${file} ${why}.`, {
    setting: 'agents-file',
  })
}
