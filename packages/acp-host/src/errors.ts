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
    action: 'Send the prompt again; the program is then started again.',
  },
  'acp/host_lost': {
    sentence: 'The process that runs the agents has ended.',
    action: 'Send the prompt again; the program is then started again.',
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
    sentence: 'The request cannot be served now.',
    action: 'The message says what is missing. Try again later.',
  },
}

/** An error of the agents' host. */
export function acpError(code: AcpErrorCode, message: string, options: { cause?: unknown } = {}): HoldfastError {
  return new HoldfastError(code, message, options)
}
