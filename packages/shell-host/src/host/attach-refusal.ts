import type { Clock, Logger, WebSocketChannel } from '@holdfast/contract'
import { HoldfastError } from '@holdfast/contract'
import { encodeExit, SHELL_CLOSE } from '@holdfast/protocol/shell'
import { encodeFrame, encodeFrames } from '@holdfast/shell-framing'
import type { AttachRequest } from '../client/attach-request.ts'
import { closeCodeOf } from '../errors.ts'
import type { ShellLimits } from '../limits.ts'

/** A refusal after the upgrade. A program that cannot start ends like one that failed: without a confirmation. */
export function refuseAttach(
  channel: WebSocketChannel,
  error: unknown,
  { clock, limits, logger }: { readonly clock: Clock; readonly limits: ShellLimits; readonly logger: Logger },
  towards: Pick<AttachRequest, 'dialect' | 'streams'>,
): void {
  const code = error instanceof HoldfastError ? error.code : 'shell/spawn_failed'
  const message = error instanceof HoldfastError ? error.message : 'The program could not be started.'
  logger.warn('a shell could not be attached', { code })
  if (code === 'shell/spawn_failed' || code === 'shell/backend_unavailable') {
    for (const frame of failureFrames(error, message, towards)) channel.send(frame)
    const waitMs = towards.dialect.clientCloses ? limits.lingerMs : 0
    const linger = clock.after(waitMs, () => channel.close(SHELL_CLOSE.normal, 'failed'))
    return channel.start({ frame: () => {}, closed: () => linger.cancel() })
  }
  channel.start({ frame: () => {}, closed: () => {} })
  channel.close(closeCodeOf(code), message)
}

/**
 * How a program ended that could not be started: with the code that shells have for that. Clients of Kubernetes show the
 * code alone, so they get the sentence as output, too.
 */
function failureFrames(
  error: unknown,
  message: string,
  { dialect, streams }: Pick<AttachRequest, 'dialect' | 'streams'>,
): readonly Uint8Array[] {
  const code = error instanceof HoldfastError ? error.details['exitCode'] : undefined
  const exit = encodeFrame('status', encodeExit({ code: typeof code === 'number' ? code : null, message }))
  if (dialect.detaches) return [exit]
  const channel = streams.stderr ? 'stderr' : streams.stdout ? 'stdout' : undefined
  return [...(channel === undefined ? [] : encodeFrames(channel, Buffer.from(`${message}\r\n`))), exit]
}
