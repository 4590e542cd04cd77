import type { ResumeOffer, TerminalSize } from '@holdfast/protocol/shell'
import { MAX_FRAME_BYTES } from '@holdfast/shell-framing'
import type { ShellLimits } from '../limits.ts'

/** What a confirmation says of resuming (shell §5): where this client stands, and the bounds of this server. */
export function resumeOffer(
  stands: Pick<ResumeOffer, 'epoch' | 'role' | 'out' | 'live' | 'in' | 'lease' | 'sizing' | 'stopped' | 'screen'>,
  size: TerminalSize,
  limits: ShellLimits,
): ResumeOffer {
  return {
    v: 1,
    ...stands,
    window: limits.windowBytes,
    maxFrame: MAX_FRAME_BYTES,
    ring: limits.ringBytes,
    size,
    retainMs: limits.retainMs,
  }
}
