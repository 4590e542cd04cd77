import { isShellPath } from '@holdfast/protocol/shell'
import { refuseUpgrade, type UpgradeEndpoint } from '@holdfast/server'

/** Answers the paths of shells where they are switched off. */
export const shellsOff: UpgradeEndpoint = {
  handles: isShellPath,
  upgrade: (_request, socket) => {
    socket.on('error', () => {})
    refuseUpgrade(socket, { status: 403, code: 'shell/off', message: 'Shells are switched off on this gateway.' })
  },
}
