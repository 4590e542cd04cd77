import { HoldfastError } from '@holdfast/contract'

/** What an error of the agents' host means, and what can be done about it. */
export interface AcpErrorRow {
  readonly sentence: string
  readonly action: string
}

export type AcpErrorCode =
  | 'acp/bad_config'
  | 'acp/start_failed'
  | 'acp/program_ended'
  | 'acp/host_lost'
  | 'acp/forbidden'
  | 'acp/not_found'
  | 'acp/unavailable'

/** Every error of the agents' host. */
export const ACP_ERRORS: Readonly<Record<AcpErrorCode, AcpErrorRow>> = {
  'acp/bad_config': {
    sentence: 'The configuration of an agent cannot be used.',
    action: 'The message says what is wrong with it. Correct it, and start again.',
  },
  'acp/start_failed': {
    sentence: "The agent's program could not be started.",
    action: 'The message says why. Correct the command, and try again.',
  },
  'acp/program_ended': {
    sentence: "The agent's program has ended.",
    action: 'Prompt again: it is started anew.',
  },
  'acp/host_lost': {
    sentence: 'The process that has the agents is gone.',
    action: 'Prompt again: it is started anew.',
  },
  'acp/forbidden': {
    sentence: 'The credentials do not allow this.',
    action: 'Ask the operator for the scope that the message names.',
  },
  'acp/not_found': {
    sentence: 'There is no such session or agent.',
    action: 'List the sessions, and use the id of one of them.',
  },
  'acp/unavailable': {
    sentence: 'This cannot be done now.',
    action: 'Try again later; the message says what it waits for.',
  },
}

/** An error of the agents' host. */
export function acpError(code: AcpErrorCode, message: string, options: { cause?: unknown } = {}): HoldfastError {
  return new HoldfastError(code, message, options)
}
