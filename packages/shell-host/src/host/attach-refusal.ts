import type { Clock, Logger, WebSocketChannel } from '@holdfast/contract'
import { HoldfastError } from '@holdfast/contract'
import { encodeExit, SHELL_CLOSE } from '@holdfast/protocol/shell'
import { encodeFrame } from '@holdfast/shell-framing'
import { closeCodeOf } from '../errors.ts'
import type { ShellLimits } from '../limits.ts'

/** A refusal after the upgrade. A program that cannot start ends like one that failed: without a confirmation. */
export function refuseAttach(
  channel: WebSocketChannel,
  error: unknown,
  { clock, limits, logger }: { readonly clock: Clock; readonly limits: ShellLimits; readonly logger: Logger },
): void {
  const code = error instanceof HoldfastError ? error.code : 'shell/spawn_failed'
  const message = error instanceof HoldfastError ? error.message : 'The program could not be started.'
  logger.warn('a shell could not be attached', { code })
  if (code === 'shell/spawn_failed' || code === 'shell/backend_unavailable') {
    channel.send(encodeFrame('status', encodeExit({ code: null, message })))
    const linger = clock.after(limits.lingerMs, () => channel.close(SHELL_CLOSE.normal, 'failed'))
    return channel.start({ frame: () => {}, closed: () => linger.cancel() })
  }
  channel.start({ frame: () => {}, closed: () => {} })
  channel.close(closeCodeOf(code), message)
}
